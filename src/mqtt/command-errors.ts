/** Every reason for which a command is answered with an error (contract §4), with its sentence. A code is never used again for something else. */
export const commandErrors = {
  TOO_LARGE: 'the body is longer than 4096 bytes',
  BAD_BODY: 'the body is not the JSON object that this command needs',
  UNKNOWN_COMMAND: 'there is no command of this name',
  NOT_SERVED: 'this version of the agent does not have this command',
  EXPIRED: 'the command has expired',
  EXPIRES_TOO_LATE: 'a command must expire within an hour',
  REPEATED: 'a command with this id has been taken before',
  TOO_MANY: 'too many commands at once',
  NO_CALL: 'there is no connected call to put on hold',
  NOT_CAPABLE: 'this phone cannot be told to',
  IN_PROGRESS: 'a hold has been asked for already',
  NOT_ALLOWED: 'this call must not be touched: an emergency, a conference, held by the other side, or not certain',
  NO_SUBSTITUTE: 'there is no such desk in the chain of substitutes, or no chain',
  BY_HAND: 'a person has set a forwarding at the phone; it is not touched',
  OWN_DESK: 'a desk keeps its own promises',
  TOO_MANY_CALLBACKS: 'the list of calls to make is full',
  NO_CALLBACK: 'there is no open callback of that id; its event callback.opened names it',
  NO_CALLER: 'name an open callback, or a call that goes on or ended within two minutes',
  BAD_TIME: 'that time is over, or none',
  BAD_RANGE: 'there are no events in that range',
  UNKNOWN_EPOCH: 'this desk has kept nothing of that epoch',
  NOT_KEPT: 'the first events of that range are not kept any more',
  NOT_READABLE: 'the store cannot be read at present',
  NOT_PUBLISHED: 'the broker does not allow this desk to publish on event/replay',
  BUSY: 'another replay is running',
} as const
export type CommandErrorCode = keyof typeof commandErrors

/** These are found before the command is looked at: its id is not used up, and the same command may be put right and sent again. */
const doorErrors = ['TOO_LARGE', 'BAD_BODY', 'UNKNOWN_COMMAND', 'NOT_SERVED', 'EXPIRED', 'EXPIRES_TOO_LATE', 'REPEATED', 'TOO_MANY'] as const
export type DoorErrorCode = (typeof doorErrors)[number]

/** Whether a command that came to this was taken: its id has been used. */
export function wasTaken(code: string | undefined): boolean {
  return code === undefined || !(doorErrors as readonly string[]).includes(code)
}
