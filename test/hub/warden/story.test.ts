import { expect, test } from 'vitest'
import { playStory } from './story.ts'

const stories = 80

/** Each twice: what was seen once can be seen again. */
test.each([
  ['whose broker keeps what was said', false],
  ['whose broker is inside the hub and forgets with it', true],
])('an office %s: a dead agent’s phone ends free, a live agent’s is not touched, a person’s neither', (_, embedded) => {
  const seen = { undone: 0, foreignKept: 0, restarts: 0, unclaimed: 0 }
  for (let seed = 1; seed <= stories; seed += 1) {
    const story = playStory(seed, { embedded, limits: { tickMs: 5000 } })
    expect(story.breaches, `seed ${seed}`).toEqual([])
    expect(playStory(seed, { embedded, limits: { tickMs: 5000 } }).log, `seed ${seed}, played again`).toEqual(story.log)
    seen.undone += story.undone
    seen.foreignKept += story.foreignKept
    seen.unclaimed += story.unclaimed
    seen.restarts += story.restarts - 1
  }
  // A story in which nothing happens proves nothing.
  expect(seen.undone).toBeGreaterThan(stories / 4)
  expect(seen.foreignKept).toBeGreaterThan(2)
  expect(seen.unclaimed).toBeGreaterThan(0)
  expect(seen.restarts).toBeGreaterThan(stories / 4)
})
