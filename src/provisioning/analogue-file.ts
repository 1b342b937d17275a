import { escapeXml, inComment } from './grandstream-file.ts'
import { allowList } from './phone-desk.ts'

/** What an adapter must know of its agent. */
export interface AdapterDesk {
  readonly desk: string
  readonly mac?: string
  /** Where the log goes. */
  readonly agentAddress: string
  readonly syslogPort: number
  readonly snmp?: { readonly community: string; readonly port: number }
}

const syslogPortUsual = 514

/** The adapter's side of a desk (reference/grandstream.md §6.3): its log at DEBUG to the agent, SNMP to be read, the Polish ring. No account settings. */
export function analogueFile({ desk, mac, agentAddress, syslogPort, snmp }: AdapterDesk): string {
  const [address = ''] = allowList({ agentAddress })
  const host = address.includes(':') && syslogPort !== syslogPortUsual ? `[${address}]` : address
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<gs_provision version="1">',
    ...(mac === undefined ? [] : [`  <mac>${mac}</mac>`]),
    '  <config version="1">',
    `    <!-- third-ring, desk ${inComment(desk)}: the log to the agent; hook and ring are said at DEBUG only; no SIP traces, which hold numbers and names -->`,
    `    <P207>${host}${syslogPort === syslogPortUsual ? '' : `:${syslogPort}`}</P207>`,
    '    <P208>1</P208>',
    '    <P1387>0</P1387>',
    ...(snmp === undefined
      ? []
      : [
          '    <!-- SNMP v2c, to be read: what the hook is after a restart -->',
          '    <P21896>1</P21896>',
          '    <P21904>2</P21904>',
          `    <P21903>${snmp.port}</P21903>`,
          `    <P21902>${escapeXml(snmp.community)}</P21902>`,
        ]),
    '    <!-- the ring, 1 s on and 4 s off as in the Polish network; here the unit is 1 ms -->',
    '    <P4040>c=1000/4000;</P4040>',
    '  </config>',
    '</gs_provision>',
    '',
  ].join('\n')
}
