import { isIP } from 'node:net'
import { ConfigurationError } from '../errors.ts'
import { createAllowList } from '../http/addresses.ts'

/** What a phone must know of its agent. */
export interface PhoneDesk {
  readonly vendor: 'yealink' | 'grandstream'
  readonly desk: string
  readonly mac?: string
  /** `66.81.0.25`; decides about names that old firmware spelled otherwise. */
  readonly firmware?: string
  /** Where the phone posts: `http://10.20.30.41:8787`. */
  readonly agentUrl: string
  readonly token: string
  /** The addresses that may command the phone: the agent's, and the warden's where there is one. */
  readonly agentAddress: string
  readonly wardenAddress?: string
}

/** “Any address”, in all its spellings. */
const isAnyAddress = createAllowList(['0.0.0.0', '::'])

/** Whether text is the address of one machine, and not a name, a network, or any machine. */
export function isOneMachine(address: string): boolean {
  return isIP(address) !== 0 && !isAnyAddress(address)
}

/** The allow-list: exactly these addresses. `any`, a wildcard or a name would let others command the phone: refused. */
export function allowList({ agentAddress, wardenAddress }: Pick<PhoneDesk, 'agentAddress' | 'wardenAddress'>): readonly string[] {
  const addresses = [agentAddress, ...(wardenAddress === undefined ? [] : [wardenAddress])]
  const faults = addresses.filter((address) => !isOneMachine(address))
  if (faults.length > 0) {
    throw new ConfigurationError(
      'CONFIG_INVALID',
      'the phone’s allow-list takes single addresses only',
      faults.map((address) => `listen.host, phone.warden: "${address}" is not the address of one machine; the phone would obey strangers`),
    )
  }
  return addresses
}

/** A URL longer than the phone stores would be cut off without a word. */
export function checkedUrl(url: string, lengthMax: number): string {
  if (url.length > lengthMax) {
    throw new ConfigurationError('CONFIG_INVALID', 'an action URL is too long for the phone', [
      `listen.tokenFile: a URL has ${url.length} characters and the phone stores ${lengthMax}; use a shorter token`,
    ])
  }
  return url
}
