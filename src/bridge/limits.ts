/** The waits of the link (`firmware-bridge/protocol.md`, "Each is told by the other that it is alive"), and its own. */
export const bridgeLimits = {
  /** An Arduino resets when its port is opened, and its boot loader takes its time: so long it is waited for the greeting before it is asked for. */
  helloWaitMs: 4000,
  /** Between two askings for the greeting. */
  askEveryMs: 1000,
  /** A greeting so soon after one was asked for is the answer; any other says that the microcontroller has started. */
  askedGreetingMs: 1000,
  /** No good line for so long: the bridge is lost. */
  silentMs: 3000,
  pingEveryMs: 1000,
  /** A command is said again after so long without an answer … */
  answerMs: 250,
  /** … and so often in all. */
  triesMax: 3,
  /** From one attempt to connect to the next: 1 s, each time half as much again, up to a minute. */
  backOffFirstMs: 1000,
  backOffFactor: 1.5,
  backOffLastMs: 60_000,
  /** A connection that has lasted so long was a good one: after its end the waits begin anew. One that comes and goes is tried less and less. */
  steadyMs: 10_000,
  /** How much the microcontroller's clock may stay behind ours between two connections without having started anew, … */
  uptimeSlackMs: 2000,
  /** … and for each millisecond in between (a ceramic resonator is good to half a percent). */
  uptimeDrift: 0.01,
  /** A microcontroller whose supply is weak starts over and over: that it has is said so often at most, and counted always. */
  restartSaidEveryMs: 60_000,
  /** How long stopping waits for the dark lamp to be confirmed. */
  darkMaxMs: 800,
} as const
