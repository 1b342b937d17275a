/** One end of the way that messages take: an IP address and a port. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** How a message gets from here to the server. */
export interface Route {
  /** Where it is sent. */
  readonly peer: Endpoint
  /** What this machine is on that way: the host and port of Via and Contact. */
  readonly local: { readonly host: string; readonly port: number }
}

/** A host and a port as they stand in a configuration; the host may be a name. */
export interface HostAndPort {
  readonly host: string
  readonly port: number
}

export interface TransportEvents {
  /** The bytes of one message: a datagram, or what a stream holds up to the end that Content-Length gives it. */
  onMessage(bytes: Uint8Array, from: Endpoint): void
  /** A stream that no longer says where its messages end, or takes too long: it has been closed. */
  onBroken(reason: 'framing' | 'too-slow'): void
  /** The connection to the server is lost; what is in dialogs there does not reach us any more. */
  onLost(reason: string): void
}

/** What carries messages. It throws for nothing that the network does. */
export interface Transport {
  readonly name: 'UDP' | 'TCP'
  readonly framing: 'datagram' | 'stream'
  /** @throws ConfigurationError LISTEN_FAILED where its own port cannot be had. */
  open(): Promise<void>
  /** The way to the server, or to another host; a sentence where there is none now. */
  route(next: HostAndPort): Promise<Route | string>
  /** Sends, or says later why that could not be. */
  send(bytes: Uint8Array, peer: Endpoint, onFailed: (reason: string) => void): void
  /** The own port, and the host if it is configured; known once it is open. */
  local(): { readonly host: string | undefined; readonly port: number }
  isConnected(): boolean
  /** Idempotent. */
  close(): Promise<void>
}
