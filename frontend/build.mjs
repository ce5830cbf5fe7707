// Bundles the page into one folder: script, style sheet, page and the licences of what is in it.
//   node build.mjs FOLDER     write the page there
//   node build.mjs --tests    write the tests to .tests/ for `node --test`
import { build } from "esbuild";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const TEXTS = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license", "license.md"];

// The viewer can read cloud stores of volumes; nothing here comes from one. Without their codecs
// the script is half as large and needs neither a worker nor WebAssembly.
const withoutStores = {
  name: "without-stores",
  setup(work) {
    work.onResolve({ filter: /^(zarrita|numcodecs)(\/|$)/ }, () => ({ path: "absent", namespace: "absent" }));
    work.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "module.exports = {};" }));
  },
};

const COMMON = { bundle: true, target: "es2022", charset: "utf8", logLevel: "warning", absWorkingDir: HERE };

function packageOf(input) {
  const parts = input.split("node_modules/").at(-1).split("/");
  return parts[0].startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0];
}

function licences(inputs) {
  const names = [...new Set(inputs.filter((path) => path.includes("node_modules/")).map(packageOf))];
  const pages = names.sort().map((name) => {
    const folder = join(HERE, "node_modules", name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = TEXTS.find((text) => existsSync(join(folder, text)));
    const kept = join(HERE, "licences", `${name.replace("/", "+")}.txt`);
    const text = file ? readFileSync(join(folder, file), "utf8") : existsSync(kept) ? readFileSync(kept, "utf8") : "";
    return `${name} ${about.version}\nLicence: ${about.license}\n\n${text.trim()}\n`;
  });
  return `What others wrote in this page's script, and their terms.\n\n${pages.join(`\n${"-".repeat(72)}\n\n`)}`;
}

async function buildPage(out) {
  mkdirSync(out, { recursive: true });
  const made = await build({
    ...COMMON,
    entryPoints: ["src/main.ts"],
    outfile: join(out, "page.js"),
    format: "esm",
    minify: true,
    legalComments: "none",
    metafile: true,
    plugins: [withoutStores],
    loader: { ".png": "dataurl", ".jpg": "dataurl" },
  });
  cpSync(join(HERE, "src", "page.html"), join(out, "page.html"));
  cpSync(join(HERE, "src", "page.css"), join(out, "page.css"));
  writeFileSync(join(out, "licences.txt"), licences(Object.keys(made.metafile.inputs)));
}

async function buildTests() {
  const out = join(HERE, ".tests");
  rmSync(out, { recursive: true, force: true });
  const tests = readdirSync(join(HERE, "tests")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...COMMON,
    entryPoints: tests.map((name) => `tests/${name}`),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
  });
}

const wanted = process.argv[2] ?? "built";
await (wanted === "--tests" ? buildTests() : buildPage(wanted));
