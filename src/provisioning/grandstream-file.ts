import { allowList, checkedUrl, type PhoneDesk } from './phone-desk.ts'

/** Longer ones were dropped without a word by a phone that said "success" (reference/grandstream.md §1.3). */
const urlLengthMax = 200

const device = 'm=$mac'
const call = 'm=$mac&l=$local&r=$remote'
/** P-values of the official templates (reference/grandstream.md §1.1), the event's name and what it can fill. */
const actionUrls: readonly (readonly [pValue: string, event: string, query: string])[] = [
  ['P8304', 'setupCompleted', 'm=$mac&f=$program_version&p=$product'],
  ['P8305', 'registered', 'm=$mac&f=$program_version&p=$product'],
  ['P8306', 'unregistered', device],
  ['P8308', 'offHook', device],
  ['P8309', 'onHook', device],
  ['P8310', 'incomingCall', call],
  ['P8311', 'outgoingCall', call],
  ['P8312', 'missedCall', call],
  ['P8313', 'establishedCall', call],
  ['P8314', 'terminatedCall', call],
  ['P8316', 'openDnd', device],
  ['P8317', 'closedDnd', device],
  ['P8318', 'openForward', device],
  ['P8319', 'closedForward', device],
  ['P8320', 'blindTransfer', call],
  ['P8321', 'attendedTransfer', call],
  ['P8324', 'holdCall', call],
  ['P8325', 'unholdCall', call],
]

/** The phone's side of a desk: action URLs, and remote control for the agent alone. Account settings are not in it. */
export function grandstreamFile(desk: PhoneDesk): string {
  const urls = actionUrls.map(([pValue, event, query]) => {
    const url = checkedUrl(`${desk.agentUrl}/grandstream/${desk.token}/${event}?${query}`, urlLengthMax)
    return `    <${pValue}>${escapeXml(url)}</${pValue}>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<gs_provision version="1">',
    ...(desk.mac === undefined ? [] : [`  <mac>${desk.mac}</mac>`]),
    '  <config version="1">',
    `    <!-- third-ring, desk ${inComment(desk.desk)}: what the phone tells its agent -->`,
    ...urls,
    '    <!-- remote control by the agent only, without a question on the screen -->',
    '    <P32050>1</P32050>',
    '    <P32051>0</P32051>',
    `    <P32052>${allowList(desk).join(',')}</P32052>`,
    '    <P32053>0</P32053>',
    '    <!-- the system ring, 1 s on and 4 s off as in the Polish network, so that the clerk hears the rings that are counted -->',
    '    <P104>0</P104>',
    '    <P345>f1=440,f2=480,c=100/400;</P345>',
    '  </config>',
    '</gs_provision>',
    '',
  ].join('\n')
}

/** Two hyphens would end the comment. */
export function inComment(text: string): string {
  return text.replaceAll(/-(?=-)/g, '- ')
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
