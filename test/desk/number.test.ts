import { describe, expect, test } from 'vitest'
import { isEmergency, isSameTarget, isShared, type Numbering, normalizeNumber, polishNumbering } from '../../src/desk/number.ts'
import { policyDefaults } from '../../src/desk/policy.ts'

const numbering: Numbering = {
  ...polishNumbering,
  extensions: [
    { pattern: '6xxx', prefix: '+4885869' },
    { pattern: '77', prefix: '+48857' },
  ],
  shared: ['085 879 79 79', '6000'],
}

describe('one caller is one caller, however the phone spells the number', () => {
  test.each([
    ['0858696001', '+48858696001'],
    ['+48 85 869 60 01', '+48858696001'],
    ['0048858696001', '+48858696001'],
    ['0048 85-869-60-01', '+48858696001'],
    ['48858696001', '+48858696001'],
    ['858696001', '+48858696001'],
    ['(85) 869 60 01', '+48858696001'],
    ['6001', '+48858696001'],
    ['sip:6001@10.0.0.1', '+48858696001'],
    ['sips:6001@pbx.example;transport=tls', '+48858696001'],
    ['<sip:+48858696001@pbx.example;user=phone>', '+48858696001'],
    ['"Jan 112 Kowalski" <sip:0858696001@pbx.example>', '+48858696001'],
    ['tel:+48-85-869-60-01', '+48858696001'],
    ['TEL:0858696001', '+48858696001'],
    [' 6001 ', '+48858696001'],
    ['77', '+4885777'],
    // Abroad.
    ['+49 30 901820', '+4930901820'],
    ['004930901820', '+4930901820'],
    ['+1', '+1'],
    // Numbers that no rule knows stay as they are.
    ['7001', '7001'],
    ['60012', '60012'],
    ['78', '78'],
    ['112', '112'],
    ['0', '0'],
    ['00', '00'],
    ['00485', '00485'],
    ['00885869600', '00885869600'],
    ['008858696001', '+8858696001'],
    ['1858696001', '1858696001'],
    ['49858696001', '49858696001'],
    // Feature codes keep their signs.
    ['*72', '*72'],
    ['**6001', '**6001'],
    ['#31#858696001', '#31#858696001'],
    ['1'.repeat(32), '1'.repeat(32)],
  ])('%s is %s', (text, number) => {
    expect(normalizeNumber(text, numbering)).toBe(number)
  })

  test.each([
    undefined,
    '',
    '   ',
    '$remote',
    '$callerID',
    'anonymous',
    'Anonymous',
    'sip:anonymous@anonymous.invalid',
    'unknown',
    'UNAVAILABLE',
    'Anonim',
    'withheld',
    'private',
    'Restricted',
    'Zastrzeżony',
    'zastrzezony',
    'Kowalski',
    '-',
    '1'.repeat(33),
  ])('%s is no number', (text) => {
    expect(normalizeNumber(text, numbering)).toBeUndefined()
  })

  test('a number once written in the one way stays as it is', () => {
    for (const text of ['0858696001', '6001', '+4930901820', '7001', '112', '*72']) {
      const once = normalizeNumber(text, numbering)
      expect(normalizeNumber(once, numbering)).toBe(once)
    }
  })

  test('another country’s numbering', () => {
    const german: Numbering = { countryCode: '49', nationalDigits: 10, trunkPrefix: '0', internationalPrefix: '00', extensions: [], shared: [] }
    expect(normalizeNumber('03090182012', german)).toBe('+493090182012')
    expect(normalizeNumber('6001', german)).toBe('6001')
  })

  test('without a trunk prefix a number of the national length is national', () => {
    expect(normalizeNumber('212345678', { ...polishNumbering, trunkPrefix: '' })).toBe('+48212345678')
  })
})

describe('a number behind which stand many people', () => {
  test.each([
    ['+48858797979', true],
    ['+48858696000', true],
    ['+48858696001', false],
    ['858797979', false],
  ])('%s, as this desk writes it: shared %s', (number, shared) => {
    expect(isShared(number, numbering)).toBe(shared)
  })
})

describe('an emergency number, however it is dialled', () => {
  test.each(['112', '997', '998', '999', '986', '0112', '+112', '+48112', '48112', '0048112', 'sip:112@pbx.example', '<sip:999@pbx>', '1 1 2', 'tel:112'])(
    '%s, whoever dials',
    (dialled) => {
      for (const here of [true, false]) expect(isEmergency(dialled, policyDefaults.emergencyNumbers, numbering, here)).toBe(true)
    },
  )

  test.each([
    '#31#112',
    '#31# 112',
    '*31#112',
    '*31*112',
    '*67112',
    '*67 0112',
    '0#31#112',
    '#31#0048112',
    '*#31#999',
    '9112',
    '9997',
    '00112',
    '112#',
    'sip:#31#112@pbx',
  ])('%s, dialled by the clerk', (dialled) => {
    expect(isEmergency(dialled, policyDefaults.emergencyNumbers, numbering)).toBe(true)
    if (dialled !== '112#') expect(isEmergency(dialled, policyDefaults.emergencyNumbers, numbering, false)).toBe(false)
  })

  test.each([
    undefined,
    '',
    '1122',
    '1112',
    '996',
    '6112',
    '85112',
    '858696112',
    '85 869 6112',
    '0858696112',
    '+48 85 869 61 12',
    '9858696112',
    '#31#858696112',
    '*67858696112',
    '#31#6112',
    '*6112',
    '**6112',
    '*671112',
    '+49112',
    '"112" <sip:6001@pbx>',
  ])('%s is none', (dialled) => {
    for (const here of [true, false]) expect(isEmergency(dialled, policyDefaults.emergencyNumbers, numbering, here)).toBe(false)
  })

  test('an internal number of the office is none, though it begins like an outside line', () => {
    const office: Numbering = { ...numbering, extensions: [{ pattern: '9xxx', prefix: '+4885869' }] }
    expect(isEmergency('9112', policyDefaults.emergencyNumbers, office)).toBe(false)
    expect(isEmergency('99112', policyDefaults.emergencyNumbers, office)).toBe(false)
  })

  test('where the office has none, there is none', () => {
    expect(isEmergency('112', [], numbering)).toBe(false)
  })
})

describe('a number that calls are sent to', () => {
  const office: Numbering = { ...polishNumbering, extensions: [{ pattern: '6xxx', prefix: '+4885869' }] }

  test.each([
    ['6014', '6014'],
    ['6014', '60 14'],
    ['6014', 'sip:6014@pbx.example'],
    ['6014', '+48858696014'],
    ['0858696014', '+48 85 869 60-14'],
    ['0048858696014', '858696014'],
    ['*726014', '*72 6014'],
  ])('%s is %s', (one, other) => {
    expect([isSameTarget(one, other, office), isSameTarget(other, one, office)]).toEqual([true, true])
  })

  test.each([
    ['6014', '6015'],
    ['6014', '014'],
    ['6014', '96014'],
    ['858696014', '868696014'],
    ['6014', ''],
    ['', ''],
    ['anonymous', 'anonymous'],
    ['6014', '*6014'],
    ['6014', 'vm6014'],
    ['6014', 'sip:u6014@pbx.example'],
  ])('%j is not %j', (one, other) => {
    expect([isSameTarget(one, other, office), isSameTarget(other, one, office)]).toEqual([false, false])
  })
})
