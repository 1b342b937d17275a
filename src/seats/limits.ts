/** How often a sensor on the broker is listened to: a radar that speaks ten times a second is; a flood must write nothing and move nothing. */
export const seatLimits = { reportBurst: 50, reportsPerSecond: 20 } as const
