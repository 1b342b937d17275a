import type { OpenMinutes, WorkingHours } from '../desk/calendar.ts'
import type { Policy, Substitute } from '../desk/policy.ts'
import type { AgentConfig, SomeHours, SubstituteConfig, WorkingHoursConfig } from './config.ts'
import { zoneTable } from './zone.ts'

/** The years of which the desk knows its zone's changes: from before this program was written to beyond the life of the machine it runs on. */
const zoneYears = { from: 2020, to: 2060 } as const

/** The office's numbers of one desk, as the core wants them. */
export function policyFrom(
  config: Pick<AgentConfig, 'policy' | 'numbers' | 'substitutes'> & { readonly desk?: string; readonly forwarding?: { readonly remoteNumber?: string } },
): Policy {
  const { workingHours, ...numbers } = config.policy
  const { desk, forwarding: { remoteNumber } = {} } = config
  return {
    ...numbers,
    workingHours: workingHoursFrom(workingHours),
    numbers: config.numbers,
    substitutes: config.substitutes.map(substituteFrom),
    ...(desk === undefined ? {} : { desk }),
    ...(remoteNumber === undefined ? {} : { remoteNumber }),
  }
}

/** A substitute as the core wants it, from a configuration or from what the hub publishes. */
export function substituteFrom({ week, ...substitute }: SubstituteConfig): Substitute {
  return week === undefined ? substitute : { ...substitute, week: weekFrom(week) }
}

function weekFrom(hours: SomeHours): WorkingHours['week'] {
  const day = (name: keyof SomeHours): readonly OpenMinutes[] => (hours[name] ?? []).map(openMinutes)
  return { mon: day('mon'), tue: day('tue'), wed: day('wed'), thu: day('thu'), fri: day('fri'), sat: day('sat'), sun: day('sun') }
}

function workingHoursFrom({ timezone, week, holidays, exceptions }: WorkingHoursConfig): WorkingHours {
  return {
    zone: zoneTable(timezone, zoneYears.from, zoneYears.to),
    week: weekFrom(week),
    holidays,
    exceptions: Object.fromEntries(Object.entries(exceptions).map(([day, hours]) => [day, hours.map(openMinutes)])),
  }
}

/** `07:30-15:30` → minutes since midnight. The schema has seen to the form. */
function openMinutes(span: string): OpenMinutes {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  return { from: minutes(span.slice(0, 5)), to: minutes(span.slice(6)) }
}
