import type { IPublishPacket } from 'mqtt'
import type { CommandReply, ReceivedCommand } from '../../agent/ports.ts'
import type { CommandErrorCode } from '../command-errors.ts'
import { type CommandName, commands } from '../commands.ts'
import type { Publication, Publisher } from '../connection/publisher.ts'
import { propertiesOf } from '../properties.ts'
import type { Reply } from '../reply-message.ts'
import type { DeskTopics } from '../topics.ts'
import type { CommandDoor, CommandVerdict } from './command-door.ts'
import type { Replay, ReplayRange } from './replay.ts'

/** What became of one command, for the journal: obeyed, or refused with a code. */
export interface JudgedCommand {
  /** `unknown` for any name that is no command's: what a stranger may choose freely is not written down. */
  readonly command: CommandName | 'unknown'
  readonly id?: string
  readonly code?: CommandErrorCode
}

/** Where commands are taken in, and handed to whoever obeys them. */
export interface CommandDesk {
  take(name: string, payload: Buffer, packet: IPublishPacket, session: CommandSession): void
}

/** The connection on which a command came; only there is it answered. */
export interface CommandSession {
  readonly publisher: Publisher
  readonly replay: Replay
}

export interface CommandDeskOptions {
  readonly door: CommandDoor
  readonly topics: DeskTopics
  readonly onCommand: (command: ReceivedCommand) => void
  readonly onJudged: (judged: JudgedCommand) => void
  readonly onTurnedAway: () => void
}

export function createCommandDesk({ door, topics, onCommand, onJudged, onTurnedAway }: CommandDeskOptions): CommandDesk {
  function refuse({ id, name, error }: Extract<CommandVerdict, { type: 'refuse' }>, reply: (answer: Reply) => void): void {
    reply({ id, ok: false, error })
    if (error.code === 'TOO_MANY') onTurnedAway()
    else onJudged({ command: name ?? 'unknown', ...(id === null ? {} : { id }), code: error.code })
  }

  return {
    take(topic, payload, packet, { publisher, replay }) {
      const reply = (answer: Reply): void => {
        const publication = replyTo(topics, packet, answer)
        // The answers to a flood must not take the places of what happens at the desk: these may be lost.
        if (answer.error?.code === 'TOO_MANY') publisher.sendOnce(publication)
        else publisher.send(publication)
      }
      const verdict = door.judge(topic, payload, packet.retain)
      if (verdict.type === 'ignore') return
      if (verdict.type === 'refuse') {
        refuse(verdict, reply)
        return
      }
      const { id, name, body } = verdict
      const judge = once((code?: CommandErrorCode) => onJudged({ command: name, id, ...(code === undefined ? {} : { code }) }))
      const answer = once((given: CommandReply) => {
        judge(given.error?.code)
        reply({ id, ...given })
      })
      if (commands[name].by === 'desk') onCommand({ id, name, body, answer })
      // A replay is written down as obeyed when it begins: nobody knows whether its connection lives to see its end.
      else void replay.run(rangeOf(body), judge).then((given) => given !== undefined && answer(given))
    },
  }
}

function once<Arguments extends readonly unknown[]>(act: (...given: Arguments) => void): (...given: Arguments) => void {
  let done = false
  return (...given) => {
    if (done) return
    done = true
    act(...given)
  }
}

/** To the topic that the requester named (MQTT 5 §4.10), else to the desk's own. */
function replyTo(topics: DeskTopics, { properties }: IPublishPacket, payload: Reply): Publication {
  const asked = properties?.responseTopic
  const topic = asked !== undefined && topics.takesReply(asked) ? asked : topics.of('reply')
  const correlationData = properties?.correlationData
  return {
    topic,
    payload: JSON.stringify(payload),
    properties: { ...propertiesOf('reply'), ...(correlationData === undefined ? {} : { correlationData }) },
  }
}

/** Its schema has seen to the form. */
function rangeOf({ epoch, from, to }: Readonly<Record<string, unknown>>): ReplayRange {
  return { epoch: String(epoch), from: Number(from), to: Number(to) }
}
