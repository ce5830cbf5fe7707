"use strict";
(() => {
  const MIN_SPAN = 0.5;
  const clock = (s) => {
    const tenths = Math.round(s * 10), h = Math.floor(tenths / 36000), m = Math.floor(tenths / 600) % 60;
    const tail = String(Math.floor((tenths % 600) / 10)).padStart(2, "0") + "." + (tenths % 10);
    return h ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
  };
  const niceStep = (span, wanted) => {
    for (let power = 1e-3; ; power *= 10) {
      for (const factor of [1, 2, 5]) if (span / (factor * power) <= wanted) return factor * power;
    }
  };
  const make = (name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  class Timeline {
    constructor(box) {
      this.box = box;
      this.figure = box.closest("figure");
      this.svg = box.querySelector("svg.timeline-svg");
      const [, , width, height] = this.svg.getAttribute("viewBox").split(" ").map(Number);
      this.width = width;
      this.height = height;
      const plot = this.svg.querySelector(".plot");
      this.gutter = plot ? Number(plot.getAttribute("x")) : 58;
      this.right = 8;
      this.start = Number(this.svg.dataset.start);
      this.end = Number(this.svg.dataset.end);
      this.t0 = this.start;
      this.t1 = this.end;
      this.plots = [...this.svg.querySelectorAll(".plot")];
      this.fixed = [...this.svg.querySelectorAll("[data-full]")];
      this.spans = [...this.svg.querySelectorAll(".excluded")];
      this.events = [...this.svg.querySelectorAll(".event")];
      this.order = [...this.events].sort((a, b) => a.dataset.t0 - b.dataset.t0);
      this.traces = [...this.svg.querySelectorAll(".trace")];
      this.chosen = -1;
      this.cursor = this.svg.querySelector(".cursor");
      this.ticks = this.svg.querySelector(".ticks");
      this.axis = this.svg.querySelector(".axis");
      this.viewOut = this.figure.querySelector(".view");
      this.readout = this.figure.querySelector(".readout");
      this.listen();
      new ResizeObserver(() => this.fit(this.box.clientWidth - 8)).observe(box);
      this.fit(this.box.clientWidth - 8);
    }

    fit(width) {
      if (width < 120) return;
      this.width = width;
      this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
      this.draw();
    }

    get inner() { return this.width - this.gutter - this.right; }
    x(t) { return this.gutter + this.inner * (t - this.t0) / (this.t1 - this.t0); }
    time(x) { return this.t0 + (this.t1 - this.t0) * (x - this.gutter) / this.inner; }

    look(t0, t1) {
      const span = Math.min(Math.max(t1 - t0, MIN_SPAN), this.end - this.start);
      const middle = (t0 + t1) / 2;
      this.t0 = Math.min(Math.max(middle - span / 2, this.start), this.end - span);
      this.t1 = this.t0 + span;
      this.draw();
    }

    zoom(factor, at) {
      const fixed = at === undefined ? (this.t0 + this.t1) / 2 : at;
      const span = Math.min(Math.max((this.t1 - this.t0) * factor, MIN_SPAN), this.end - this.start);
      const share = (fixed - this.t0) / (this.t1 - this.t0);
      this.look(fixed - share * span, fixed + (1 - share) * span);
    }

    pan(share) {
      const step = share * (this.t1 - this.t0);
      this.look(this.t0 + step, this.t1 + step);
    }

    place(node, rect, label) {
      const t0 = Number(node.dataset.t0), t1 = Number(node.dataset.t1);
      const left = Math.max(this.x(t0), this.gutter), right = Math.min(this.x(t1), this.width - this.right);
      const seen = t1 >= this.t0 && t0 <= this.t1;
      node.setAttribute("visibility", seen ? "visible" : "hidden");
      if (!seen) return null;
      rect.setAttribute("x", left);
      rect.setAttribute("width", Math.max(right - left, 2));
      const middle = (left + Math.max(right, left + 2)) / 2;
      if (label) label.setAttribute("x", middle);
      return middle;
    }

    draw() {
      const view = `${this.t0 * 1000} 0 ${(this.t1 - this.t0) * 1000} 1000`;
      for (const plot of this.plots) {
        plot.setAttribute("viewBox", view);
        plot.setAttribute("width", this.inner);
      }
      for (const node of this.fixed) node.setAttribute("width", this.inner);
      for (const node of this.spans) this.place(node, node, null);
      const last = new Map();
      for (const node of this.events) {
        const label = node.querySelector("text");
        const middle = this.place(node, node.querySelector("rect"), label);
        const lane = node.closest(".lane");
        const free = middle !== null && middle - (last.get(lane) ?? -99) > 15;
        label.setAttribute("visibility", free ? "inherit" : "hidden");
        if (free) last.set(lane, middle);
      }
      this.drawAxis();
      this.cursor.setAttribute("x1", -9);
      this.cursor.setAttribute("x2", -9);
      this.viewOut.textContent = `Showing ${clock(this.t0)} to ${clock(this.t1)}.`;
    }

    drawAxis() {
      const y = Number(this.axis.dataset.y);
      const line = this.axis.querySelector(".axis-line");
      line.setAttribute("x2", this.width - this.right);
      this.ticks.textContent = "";
      const step = Math.max(niceStep(this.t1 - this.t0, this.inner / 80), 0.1);
      for (let k = Math.ceil(this.t0 / step - 1e-6); k * step <= this.t1 + 1e-6; k += 1) {
        const x = this.x(k * step);
        this.ticks.append(make("path", { class: "tick", d: `M${x} ${y}v5` }));
        const settings = { class: "tick-label", x, y: y + 18 };
        if (x > this.width - 28) settings["text-anchor"] = "end";
        this.ticks.append(make("text", settings, clock(k * step)));
      }
    }

    valueAt(path, t) {
      if (!path.samples) {
        path.samples = [...path.getAttribute("d").matchAll(/(M?)(-?\d+) (-?\d+)/g)]
          .map((m) => [Number(m[2]) / 1000, Number(m[3]), m[1] === "M"]);
      }
      const samples = path.samples;
      let low = 0, high = samples.length - 1;
      if (high < 0) return null;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (samples[middle][0] <= t) low = middle; else high = middle;
      }
      const near = Math.abs(samples[low][0] - t) < Math.abs(samples[high][0] - t) ? samples[low] : samples[high];
      const inside = samples[low][0] <= t && t <= samples[high][0] && !(high > low && samples[high][2]);
      if (!inside && Math.abs(near[0] - t) > 0.05) return null;
      const bottom = Number(path.dataset.low), top = Number(path.dataset.high);
      return bottom + (top - bottom) * (1 - near[1] / 1000);
    }

    say(t, event) {
      const lanes = new Map();
      for (const path of this.traces) {
        const value = this.valueAt(path, t);
        const shown = value === null ? "left out" : path.dataset.percent ? `${Math.round(100 * value)} %` : value.toFixed(2);
        const said = lanes.get(path.dataset.laneName) || [];
        said.push(`${path.dataset.name} ${shown}`);
        lanes.set(path.dataset.laneName, said);
      }
      const values = [...lanes].map(([lane, said]) => `${lane}: ${said.join(", ")}`).join("; ");
      const here = event || this.events.find((node) => node.dataset.t0 <= t && t <= node.dataset.t1);
      this.readout.textContent = [here ? here.dataset.say + "." : "", `At ${clock(t)}: ${values}.`].join(" ").trim();
      const x = this.x(t);
      this.cursor.setAttribute("x1", x);
      this.cursor.setAttribute("x2", x);
    }

    choose(index) {
      if (!this.order.length) return;
      this.chosen = Math.min(Math.max(index, 0), this.order.length - 1);
      this.show(Number(this.order[this.chosen].dataset.t0), Number(this.order[this.chosen].dataset.t1));
    }

    show(t0, t1) {
      this.look(t0 - Math.max(1.5, t1 - t0), t1 + Math.max(1.5, t1 - t0));
      const match = this.events.find((n) => Math.abs(n.dataset.t0 - t0) < 1e-6 && Math.abs(n.dataset.t1 - t1) < 1e-6);
      for (const node of this.events) node.classList.toggle("chosen", node === match);
      this.chosen = match ? this.order.indexOf(match) : this.chosen;
      this.say((t0 + t1) / 2, match);
    }

    act(name) {
      const acts = {
        in: () => this.zoom(0.5), out: () => this.zoom(2), back: () => this.pan(-0.25), on: () => this.pan(0.25),
        reset: () => this.look(this.start, this.end),
        next: () => this.choose(this.chosen + 1), previous: () => this.choose(this.chosen < 0 ? 0 : this.chosen - 1),
      };
      acts[name]();
    }

    page(clientX) {
      const frame = this.svg.getBoundingClientRect();
      return (clientX - frame.left) * this.width / frame.width;
    }

    listen() {
      const keys = {
        "+": "in", "=": "in", "-": "out", ArrowLeft: "back", ArrowRight: "on", Home: "reset", 0: "reset",
        n: "next", N: "next", p: "previous", P: "previous",
      };
      this.box.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
        event.preventDefault();
        this.act(keys[event.key]);
      });
      for (const button of this.figure.querySelectorAll("[data-do]")) {
        button.addEventListener("click", () => this.act(button.dataset.do));
      }
      this.box.addEventListener("wheel", (event) => {
        const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
        if (!sideways && !event.ctrlKey && document.activeElement !== this.box) return;
        event.preventDefault();
        if (sideways) this.pan(event.deltaX / this.inner);
        else this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.time(this.page(event.clientX)));
      }, { passive: false });
      let drag = null;
      this.box.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        drag = { x: this.page(event.clientX), t0: this.t0, t1: this.t1 };
        this.box.setPointerCapture(event.pointerId);
        this.box.focus({ preventScroll: true });
      });
      this.box.addEventListener("pointermove", (event) => {
        const x = this.page(event.clientX);
        if (drag) {
          const shift = (drag.x - x) * (drag.t1 - drag.t0) / this.inner;
          this.look(drag.t0 + shift, drag.t1 + shift);
        }
        const t = this.time(x);
        if (t >= this.t0 && t <= this.t1) this.say(t, null);
      });
      for (const name of ["pointerup", "pointercancel"]) this.box.addEventListener(name, () => { drag = null; });
      window.addEventListener("beforeprint", () => { this.look(this.start, this.end); this.fit(960); });
      window.addEventListener("afterprint", () => this.fit(this.box.clientWidth - 8));
    }
  }

  const timelines = new Map();
  document.documentElement.classList.remove("no-script");
  for (const box of document.querySelectorAll(".timeline")) timelines.set(box.id, new Timeline(box));
  for (const link of document.querySelectorAll("a.jump")) {
    link.addEventListener("click", (event) => {
      const timeline = timelines.get(link.getAttribute("href").slice(1));
      if (!timeline) return;
      event.preventDefault();
      timeline.show(Number(link.dataset.t0), Number(link.dataset.t1));
      timeline.figure.scrollIntoView({ block: "start" });
      timeline.box.focus({ preventScroll: true });
    });
  }
  // What a link leads to may lie behind folds: open them on the way.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let folded = false;
    for (let node = target.parentElement; node; node = node.parentElement) {
      if (node.tagName === "DETAILS" && !node.open) folded = node.open = true;
    }
    if (folded) target.scrollIntoView({ block: "center" });
  };
  window.addEventListener("hashchange", unfold);
  unfold();
  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const node = document.getElementById(button.dataset.copy);
      const text = [...node.querySelectorAll("p")].map((p) => p.textContent.replace(/\s+/g, " ").trim()).join("\n");
      const said = button.parentElement.querySelector(".copied");
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = "Copied.";
      } catch {
        const range = document.createRange();
        range.selectNodeContents(node);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        said.textContent = document.execCommand("copy") ? "Copied." : "Selected: press Ctrl and C.";
      }
    });
  }
})();
