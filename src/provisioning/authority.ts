import { execFile } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigurationError } from '../errors.ts'
import type { Folder } from './folder.ts'
import { provisioningLimits as limits } from './limits.ts'

/** One certificate that the office's authority has given out. */
interface Issued {
  readonly serial: string
  readonly name: string
  /** ISO 8601. */
  readonly ends: string
  readonly revokedAt?: string
}

export interface KeyAndCertificate {
  readonly key: string
  readonly certificate: string
}

/** The office's own authority: its key, what it has given out, and what it has taken back. Needs the program `openssl`, version 3. */
export interface Authority {
  readonly certificate: string
  /** For the broker, by its names and addresses. */
  forServer(names: readonly string[], days: number): Promise<KeyAndCertificate>
  /** For a user, whose name is the common name. */
  forClient(name: string, days: number): Promise<KeyAndCertificate>
  /** Takes back every certificate of these users but those that are in use. */
  revoke(names: ReadonlySet<string>, inUse: readonly string[]): void
  /** Every name that a certificate was given to. */
  names(): readonly string[]
  /** The list of what was taken back; the same text as long as nothing is added. */
  revocationList(): Promise<string>
}

export interface AuthorityDeps {
  readonly folder: Folder
  readonly site: string
  readonly now: () => number
  readonly randomBytes: (length: number) => Buffer
  /** The program; for tests of one that is missing. */
  readonly openssl?: string
}

const register = 'authority/certificates.json'
const serialBytes = 16

/** Reads the authority in the folder, or makes one. @throws ConfigurationError PROGRAM_MISSING, OUTPUT_FAILED */
export async function openAuthority(deps: AuthorityDeps): Promise<Authority> {
  const { folder } = deps
  const run = opensslIn(deps.openssl ?? 'openssl')
  const { key, certificate } = await authorityOf(deps, run)
  const issued = JSON.parse(folder.read(register) ?? '[]') as Issued[]
  const save = () => folder.write({ path: register, text: `${JSON.stringify(issued, null, 1)}\n`, secret: true })

  async function issue(name: string, days: number, extensions: readonly string[]): Promise<KeyAndCertificate> {
    const pair = newKey()
    const serial = deps.randomBytes(serialBytes)
    // A serial number is positive and, in two digits a byte, always as long (RFC 5280 §4.1.2.2).
    serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
    const text = serial.toString('hex').toUpperCase()
    const made = await run(
      { 'public.pem': pair.publicKey, 'extensions.cnf': [...extensions, ...shared].join('\n'), 'ca.key': key, 'ca.crt': certificate },
      ['x509', '-new', '-subj', `/CN=${name}`, '-force_pubkey', 'public.pem', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-sha256'],
      ['-days', String(days), '-extfile', 'extensions.cnf', '-set_serial', `0x${text}`],
    )
    issued.push({ serial: text, name, ends: new Date(new X509Certificate(made).validTo).toISOString() })
    save()
    return { key: pair.privateKey, certificate: made }
  }

  return {
    certificate,
    forServer: (names, days) => issue(names[0] ?? 'broker', days, [...use('serverAuth'), `subjectAltName=${names.map(alternative).join(',')}`]),
    forClient: (name, days) => issue(name, days, use('clientAuth')),
    revoke(names, inUse) {
      const kept = new Set(inUse.map((pem) => new X509Certificate(pem).serialNumber))
      const at = new Date(deps.now()).toISOString()
      for (const [index, each] of issued.entries()) {
        if (names.has(each.name) && each.revokedAt === undefined && !kept.has(each.serial)) issued[index] = { ...each, revokedAt: at }
      }
      save()
    },
    names: () => [...new Set(issued.map(({ name }) => name))],
    async revocationList() {
      const revoked = issued.filter((each): each is Required<Issued> => each.revokedAt !== undefined)
      const heading = `# ${revoked.length} certificates are taken back: ${revoked.map(({ serial }) => serial).join(' ')}\n`
      const before = folder.read('authority/crl.pem')
      if (before?.startsWith(heading)) return before
      const list = await run(
        { 'ca.key': key, 'ca.crt': certificate, 'index.txt': index(revoked), 'index.txt.attr': 'unique_subject = no\n', 'ca.cnf': caConf },
        [...['ca', '-gencrl', '-config', 'ca.cnf', '-keyfile', 'ca.key', '-cert', 'ca.crt']],
      )
      folder.write({ path: 'authority/crl.pem', text: heading + list })
      return heading + list
    },
  }
}

type RunOpenssl = (files: Readonly<Record<string, string>>, ...parameters: readonly (readonly string[])[]) => Promise<string>

/** A certificate of an authority of this office alone. */
async function authorityOf({ folder, site }: AuthorityDeps, run: RunOpenssl): Promise<KeyAndCertificate> {
  const [key, certificate] = [folder.read('authority/ca.key'), folder.read('authority/ca.crt')]
  if (key !== undefined && certificate !== undefined) return { key, certificate }
  const made = newKey()
  const conf = ['[req]', 'distinguished_name=name', 'prompt=no', 'x509_extensions=authority', '[name]', `CN=third-ring ${site}`, '[authority]']
  const extensions = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash']
  const own = await run({ 'ca.key': made.privateKey, 'ca.cnf': [...conf, ...extensions, ''].join('\n') }, [
    ...['req', '-x509', '-new', '-key', 'ca.key', '-config', 'ca.cnf', '-sha256', '-days', String(limits.authorityDays)],
  ])
  folder.write({ path: 'authority/ca.key', text: made.privateKey, secret: true })
  folder.write({ path: 'authority/ca.crt', text: own })
  return { key: made.privateKey, certificate: own }
}

const shared = ['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid', '']
const use = (purpose: string) => ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', `extendedKeyUsage=${purpose}`]
const alternative = (name: string) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`
const caConf = ['[ca]', 'default_ca=office', '[office]', 'database=index.txt', 'default_md=sha256', `default_crl_days=${limits.authorityDays}`, ''].join('\n')

/** The database of `openssl ca`: state, end, moment of revocation, serial, file, subject. */
function index(revoked: readonly Required<Issued>[]): string {
  const stamp = (iso: string) => `${iso.slice(2, 19).replaceAll(/[^0-9]/g, '')}Z`
  return revoked.map(({ serial, name, ends, revokedAt }) => `R\t${stamp(ends)}\t${stamp(revokedAt)}\t${serial}\tunknown\t/CN=${name}\n`).join('')
}

function newKey(): { readonly publicKey: string; readonly privateKey: string } {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { privateKey, publicKey: createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString() }
}

/** One run in a folder of its own, which only its owner can look into and which is gone afterwards. */
function opensslIn(program: string): RunOpenssl {
  return async (files, ...parameters) => {
    const folder = mkdtempSync(join(tmpdir(), 'third-ring-authority-'))
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
      const options = { cwd: folder, timeout: limits.opensslMs, maxBuffer: limits.opensslOutputBytesMax }
      const { stdout } = await promisify(execFile)(program, parameters.flat(), options)
      return stdout
    } catch (error) {
      throw programFault(program, error as { code?: unknown; stderr?: string })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

function programFault(program: string, { code, stderr = '' }: { readonly code?: unknown; readonly stderr?: string }): ConfigurationError {
  const next = 'install OpenSSL 3 (Debian 12 or newer: apt install openssl) and run the same command again'
  if (code === 'ENOENT') return new ConfigurationError('PROGRAM_MISSING', `certificates are made with the program ${program}, which is not there: ${next}`)
  const [said = ''] = stderr.trim().split('\n')
  return new ConfigurationError('PROGRAM_MISSING', `the program ${program} has failed (${said.slice(0, 200)}); if it is older than version 3: ${next}`)
}

/** How many days a certificate is still good for. */
export function daysLeft(pem: string, now: number): number {
  return Math.floor((Date.parse(new X509Certificate(pem).validTo) - now) / 86_400_000)
}

/** Whether a certificate was made by this authority and is for all of these names. */
export function serves(pem: string, authority: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(pem)
  const isFor = (name: string) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined
  return certificate.verify(new X509Certificate(authority).publicKey) && names.every(isFor)
}
