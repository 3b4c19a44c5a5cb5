import type { Relay } from './relay.ts';

/** Copies that leave this machine. */
export const COPIES = 3;
/** A member this near to what its source has waits for it. */
const NEAR_BYTES = 4 * 1024 * 1024;
/** Looks at the pace of all. */
const LOOKS = 8;
const LOOK_MS = 1_000;
/** A source slower than the fastest member by this much is left, when its own source is not what holds it back. */
const LAGS = 4;

/** A host that gets a file, and gives it on. */
export class Member {
  /** Whom it gets the file from: another host, this machine, or nothing at the moment. */
  source: Member | 'here' | null = null;
  readonly takers = new Set<Member>();
  /** Those it could not get on with. */
  readonly left = new Set<Member>();
  isWhole = false;
  /** No member should get anything from it. */
  isShunned = false;
  restarts = 0;
  readonly #looks: number[] = [];

  constructor(
    readonly address: string,
    /** Null: it can neither give nor get. */
    public relay: Relay | null,
    public atBytes: number,
  ) {}

  get gives(): boolean {
    return this.relay?.alive === true && !this.isShunned;
  }

  setSource(source: Member | 'here' | null): void {
    if (this.source instanceof Member) this.source.takers.delete(this);
    this.source = source;
    if (source instanceof Member) source.takers.add(this);
  }

  /** Has all that its source has, or nearly so. */
  get waits(): boolean {
    return this.source instanceof Member && this.source.atBytes - this.atBytes < NEAR_BYTES;
  }

  look(): void {
    this.#looks.push(this.atBytes);
    if (this.#looks.length > LOOKS) this.#looks.shift();
  }

  /** Bytes between looks; null: not looked at long enough. */
  get pace(): number | null {
    return this.#looks.length < LOOKS ? null : (this.atBytes - this.#looks[0]!) / LOOKS;
  }

  get depth(): number {
    return this.source instanceof Member ? this.source.depth + 1 : 0;
  }

  isBelow(other: Member): boolean {
    return this.source instanceof Member && (this.source === other || this.source.isBelow(other));
  }
}

/** The hosts that pass one file on. */
export class Members {
  readonly #all = new Set<Member>();
  #lookedMs = 0;

  add(member: Member): void {
    this.#all.add(member);
  }

  /** It has failed: those that got from it look for another source. */
  drop(member: Member): void {
    member.setSource(null);
    this.#all.delete(member);
    member.relay?.stop();
    for (const taker of member.takers) taker.relay?.giveUp(`${member.address} failed`);
  }

  relays(): Relay[] {
    return [...this.#all].flatMap(({ relay }) => relay ?? []);
  }

  /** The best source for a member: this machine while few copies leave it, then the ends of the shortest chains. */
  sourceFor(member: Member): Member | 'here' {
    const others = [...this.#all].filter((other) => other !== member);
    if (others.filter(({ source }) => source === 'here').length < COPIES) return 'here';
    const able = others.filter(
      (other) =>
        other.gives && (other.isWhole || other.source !== null) && !member.left.has(other) && !other.isBelow(member),
    );
    return able.sort((a, b) => a.takers.size - b.takers.size || a.depth - b.depth)[0] ?? 'here';
  }

  /** Called by each waiting member; it checks once a second. */
  look(nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_MS * 0.9) return;
    this.#lookedMs = nowMs;
    for (const member of this.#all) member.look();
  }

  /** True for a source that holds back those who get from it, by its own fault. */
  isLagging(member: Member): boolean {
    const best = Math.max(0, ...[...this.#all].map((other) => other.pace ?? 0));
    return !member.isWhole && !member.waits && member.pace !== null && member.pace * LAGS < best;
  }
}
