/** What the makers' documents say of a series of telephones, as far as it decides what the agent can do (reference/yealink.md, reference/grandstream.md). */
export interface PhoneModel {
  readonly vendor: 'yealink' | 'grandstream' | 'analogue'
  /** What cannot be had with it, or was never seen working; a sentence that continues `phone_model: `. */
  readonly lacks?: string
}

const keysNotDocumented = 'has a touch screen, for which the maker’s guide excludes some key presses: try in the walk test that hold and taking back work'
const series: readonly (readonly [RegExp, PhoneModel])[] = [
  // Admin guide V85 p. 480: combined keys are not applicable to T48G/T48S/T48U/T57W/T49G; OK and ENTER not to T57W and T48x.
  [/^T(48[GSU]|49G|57W|58[AVW]?|56A)$/, { vendor: 'yealink', lacks: keysNotDocumented }],
  [/^T(19P?|2[0-9][PG]?|3[0-9][PGW]?|4[0-9][PGSUW]?|5[0-9][A-Z]?|7[0-9][A-Z]?)$/, { vendor: 'yealink' }],
  [/^(VP59|CP9[0-9]{2})$/, { vendor: 'yealink', lacks: 'is a video or conference phone: commands were never tried on one' }],
  [/^(GXP(16|17|21)[0-9]{2}|GRP2[0-9]{3})[A-Z]?$/, { vendor: 'grandstream' }],
  [
    /^(WP8[0-9]{2}|GHP6[0-9]{2}|GXV3[0-9]{3}|DP7[0-9]{2})[A-Z]?$/,
    {
      vendor: 'grandstream',
      lacks: 'belongs to another line of products, whose events and commands have other names: expect reminders only, and try it first',
    },
  ],
  [
    /^(HT8[0-9]{2}(V2)?)$/,
    { vendor: 'analogue', lacks: 'is an analogue adapter, which takes no commands: no hold, the lamp reminds; forwarding by the exchange only' },
  ],
]

/** What is known of a model, by its name on the sticker or in the catalogue (`SIP-T46U`, `t46u`, `Grandstream GRP2612W`). */
export function modelOf(name: string): PhoneModel | undefined {
  const bare = name
    .toUpperCase()
    .replace(/^(YEALINK|GRANDSTREAM)[ -]*/, '')
    .replace(/^SIP-/, '')
    .replace(/[ _]?E2$/, '')
    .trim()
  return series.find(([pattern]) => pattern.test(bare))?.[1]
}
