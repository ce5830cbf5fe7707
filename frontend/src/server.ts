// What the page asks of the program on this machine.

import type { Vec3 } from "./geometry";
import type { Side, StoredMark } from "./marks";

export interface Series {
  number: number;
  role: string;
  label: string;
  window: [number, number];
  /** What of an angiogram is vessel, where it lies over another series. */
  vessels: [number, number];
  least: number;
  most: number;
  simulated: boolean;
}

export interface Kept {
  seeds: StoredMark[];
  confirmed: Side[];
  counts: boolean;
  aside?: string | null;
  time?: string;
}

export interface Examination extends Kept {
  series: Series[];
  proposed: boolean;
  not_found: string[];
  file: string;
  can_read: boolean;
  notes: string[];
}

export interface Tracked {
  side: Side;
  nerves: { nerve: string; points_mm: Vec3[]; reasons: string[] }[];
  vessels: { kind: string; points_mm: Vec3[]; radius_mm: number; gap_mm: number }[];
}

export interface DraftFinding {
  code: string;
  label: string;
  value: number | string | null;
  unit: string | null;
  interval: [number, number] | null;
  reason: string | null;
  segment: string | null;
  vessel: string | null;
  p_contact: number | null;
}

export interface Draft {
  side: Side;
  grade: string;
  reasons: string[];
  next_steps: string[];
  findings: DraftFinding[];
  healthy_contact: number;
}

/** What the program answers when it cannot do what was asked: why, and what to do. */
export class Refusal extends Error {
  constructor(readonly code: string, readonly cause_: string, readonly nextStep: string) {
    super(`${cause_} ${nextStep}`);
  }
}

const STORED = "hemispasm-key";
const GONE = new Refusal("gone", "The program does not answer any more.", "Start it again; marks that were not saved are still here.");

export class Server {
  private key = "";

  /** Turn the key in the address, which is good once, into the one for this page. */
  async open(): Promise<void> {
    const first = location.hash.slice(1);
    history.replaceState(null, "", "/");
    if (first !== "") {
      const answer = await fetch("/api/open", post({ key: first }));
      if (answer.ok) sessionStorage.setItem(STORED, ((await answer.json()) as { key: string }).key);
    }
    this.key = sessionStorage.getItem(STORED) ?? "";
    if (this.key === "") {
      throw new Refusal("used", "This address was used already, or is incomplete.", "Start the command again and open the address it gives.");
    }
  }

  examination(): Promise<Examination> {
    return this.json<Examination>("/api/examination", {});
  }

  async volume(number: number): Promise<ArrayBuffer> {
    return (await this.ask(`/api/volume/${number}`, {})).arrayBuffer();
  }

  track(side: Side, seeds: StoredMark[]): Promise<Tracked> {
    return this.json<Tracked>("/api/track", post({ side, seeds }));
  }

  draft(side: Side, seeds: StoredMark[]): Promise<Draft> {
    return this.json<Draft>("/api/draft", post({ side, seeds }));
  }

  keep(seeds: StoredMark[], confirm: Partial<Record<Side, string>>): Promise<Kept> {
    return this.json<Kept>("/api/seeds", post({ seeds, confirm }));
  }

  read(reading: Record<string, unknown>): Promise<{ reader: string; read: Side[] }> {
    return this.json("/api/reading", post(reading));
  }

  /** Say goodbye; the program ends unless the page comes back. */
  leave(): void {
    void fetch("/api/closed", { ...this.signed(post({})), keepalive: true }).catch(() => undefined);
  }

  async json<T>(path: string, request: RequestInit): Promise<T> {
    return (await (await this.ask(path, request)).json()) as T;
  }

  private async ask(path: string, request: RequestInit): Promise<Response> {
    const answer = await fetch(path, this.signed(request)).catch(() => null);
    if (answer === null) throw GONE;
    if (answer.ok) return answer;
    const said = (await answer.json().catch(() => ({}))) as Partial<Record<"code" | "cause" | "next_step", string>>;
    throw new Refusal(said.code ?? "failed", said.cause ?? "It failed.", said.next_step ?? "Try again.");
  }

  private signed(request: RequestInit): RequestInit {
    return { ...request, headers: { ...request.headers, "X-Hemispasm-Key": this.key } };
  }
}

export function post(body: unknown): RequestInit {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}
