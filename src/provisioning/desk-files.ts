import { isIP } from 'node:net'
import { stringify } from 'yaml'
import { analogueFile } from './analogue-file.ts'
import type { OfficeFile } from './broker-office.ts'
import type { DeskPlan } from './desks.ts'
import { grandstreamFile } from './grandstream-file.ts'
import { yealinkFile } from './yealink-file.ts'

/** The agent's file and the phone's. The phone's holds the desk's token. */
export function deskFiles(plan: DeskPlan, token: string): readonly OfficeFile[] {
  return [
    { path: `desks/${plan.desk}/agent.yaml`, text: agentFile(plan) },
    { path: `phones/${phoneFileName(plan)}`, text: phoneFile(plan, token), secret: true },
  ]
}

function agentFile({ desk, agent, notes }: DeskPlan): string {
  const heading = [
    `# Desk ${desk}, written by \`third-ring provision\`: what is changed here by hand is lost with its next run.`,
    ...notes.map((note) => `# ${note.replaceAll(/\p{Cc}/gu, ' ')}`),
  ]
  return `${heading.join('\n')}\n\n${stringify(agent, { lineWidth: 0 })}`
}

/** As the phones of each maker ask for it; a Yealink's is for the office's own file to include. */
function phoneFileName({ desk, written: { phone } }: DeskPlan): string {
  if (phone.vendor === 'yealink') return `third-ring-${desk}.cfg`
  return phone.vendor === 'grandstream' && phone.mac !== undefined ? `cfg${phone.mac}.xml` : `third-ring-${desk}.xml`
}

function phoneFile({ desk, firmware, written: { phone, listen } }: DeskPlan, token: string): string {
  const mac = phone.mac === undefined ? {} : { mac: phone.mac }
  if (phone.vendor === 'analogue') return analogueFile({ desk, ...mac, agentAddress: listen.host, syslogPort: listen.syslogPort })
  const host = isIP(listen.host) === 6 ? `[${listen.host}]` : listen.host
  const file = phone.vendor === 'yealink' ? yealinkFile : grandstreamFile
  return file({
    vendor: phone.vendor,
    desk,
    ...mac,
    agentUrl: `http://${host}:${listen.port}`,
    token,
    agentAddress: listen.host,
    ...(firmware === undefined ? {} : { firmware }),
    ...(phone.warden === undefined ? {} : { wardenAddress: phone.warden }),
  })
}
