/** An expert that ranks need, and the ranks that have it, both rising. */
export interface Want {
  readonly expert: number;
  readonly holders: readonly number[];
  readonly receivers: { readonly rank: number; readonly slot: number }[];
}

/** Gives [want][receiver] -> sending rank. */
export type ChooseSenders = (wants: readonly Want[], ranks: number, ranksPerHost: number) => number[][];

/**
 * A holder on the receiver's host where there is one, and of those the one with least to send; ties to the lowest rank.
 * What has fewest holders to choose from is decided first. Then senders hand on what an idler one could send as well.
 */
export const balancedSenders: ChooseSenders = (wants, ranks, ranksPerHost) => {
  const requests = wants.flatMap(({ holders, receivers }, want) =>
    receivers.map(({ rank }, receiver) => {
      const near = holders.filter((holder) => Math.floor(holder / ranksPerHost) === Math.floor(rank / ranksPerHost));
      return { want, receiver, holders: near.length > 0 ? near : holders, sender: -1 };
    }),
  );
  const sends = new Int32Array(ranks);
  const idlest = (holders: readonly number[]) => holders.reduce((a, b) => (sends[b]! < sends[a]! ? b : a));
  for (const request of requests.toSorted((a, b) => a.holders.length - b.holders.length)) {
    request.sender = idlest(request.holders);
    sends[request.sender]! += 1;
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const request of requests) {
      const other = idlest(request.holders);
      if (sends[other]! + 1 >= sends[request.sender]!) continue;
      sends[request.sender]! -= 1;
      sends[other]! += 1;
      request.sender = other;
      changed = true;
    }
  }
  const chosen = wants.map(({ receivers }) => new Array<number>(receivers.length));
  for (const { want, receiver, sender } of requests) chosen[want]![receiver] = sender;
  return chosen;
};

/** vLLM's choice: each holder serves equally many receivers in turn, the first ones one more. */
export const wideSenders: ChooseSenders = (wants) =>
  wants.map(({ holders, receivers }) => {
    const each = Math.floor(receivers.length / holders.length);
    return receivers.map((_, i) => {
      if (i < each * holders.length) return holders[Math.floor(i / each)]!;
      return holders[i - each * holders.length]!;
    });
  });
