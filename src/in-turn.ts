/** Works that must not overlap, such as conversations with one phone: each begins when the one before has ended, however that went. */
export interface InTurn {
  run<Result>(work: () => Promise<Result>): Promise<Result>
  /** Resolves when everything that was handed in so far has ended. Never rejects. */
  settled(): Promise<unknown>
}

export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(work) {
      const result = last.then(work)
      // Whoever handed it in hears of its failure; who comes next does not.
      last = result.catch(() => {})
      return result
    },
    settled: () => last,
  }
}
