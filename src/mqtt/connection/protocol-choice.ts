/** Which MQTT to speak with this broker. Neither aedes nor older RabbitMQ negotiates: one refuses MQTT 5, the other just closes the connection. */
export interface ProtocolChoice {
  version(): 4 | 5
  /** The broker said that it does not know the protocol. */
  refused(): void
  /** The connection was closed before the broker answered to CONNECT. */
  closedEarly(): void
  accepted(): void
}

/** So many closes in a row before an answer are taken for a refusal. */
const closesMax = 2

/**
 * MQTT 5 first, then 3.1.1 (contract §4). What the broker accepted is kept for as long as the process lives; if it then refuses that, the other is
 * tried again, since it may have been replaced.
 */
export function createProtocolChoice(): ProtocolChoice {
  let version: 4 | 5 = 5
  let closes = 0
  const change = () => {
    version = version === 5 ? 4 : 5
    closes = 0
  }
  return {
    version: () => version,
    refused: change,
    closedEarly() {
      closes += 1
      if (closes >= closesMax) change()
    },
    accepted() {
      closes = 0
    },
  }
}
