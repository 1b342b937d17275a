/** Strona po polsku: te same klucze co w `en.js`, gdzie opisano, czym są `d` i `f`. */
export const pl = {
  code: 'pl',
  locale: 'pl-PL',
  name: 'Polski',

  page: {
    title: 'third-ring',
    skip: 'Przejdź do stanowisk',
    subtitle: 'Stanowiska i ich telefony, na bieżąco',
    language: 'Język',
    time: 'Czas w urzędzie',
    desks: 'Stanowiska',
    noDesks: 'Żadne stanowisko jeszcze się nie zgłosiło.',
    log: 'Ostatnie zdarzenia w urzędzie',
    noEvents: 'Nic się jeszcze nie wydarzyło.',
    alarm: 'Ostatni alarm telefonu',
    noAlarm: 'Od otwarcia strony nie było żadnego.',
    pause: 'Wstrzymaj odświeżanie',
    resume: 'Wznów odświeżanie',
    paused: (time) => `Odświeżanie wstrzymane. Widzisz stan z godziny ${time}.`,
  },

  connection: {
    connecting: 'Łączenie …',
    live: 'Na żywo',
    lost: 'Brak połączenia',
    paused: 'Wstrzymane',
    lostAsOf: (time) => `Utracono połączenie. Widzisz stan z godziny ${time}.`,
    neverThere: 'Nie ma połączenia z serwerem urzędu.',
    brokerAsOf: (time) => `Serwer urzędu stracił połączenie z brokerem. Widzisz stan z godziny ${time}.`,
    back: 'Połączenie wróciło.',
  },

  trouble: {
    heading: 'Do sprawdzenia',
    since: (time) => `od ${time}`,
    more: (n, f) => `i jeszcze ${f.number(n)}`,
    other: (kind) => `Coś jest nie w porządku (${kind}).`,
    kinds: {
      'record.fault': () => 'Serwer urzędu nie może zapisywać zdarzeń; czekają w pamięci.',
      'directory.refused': (d, f) =>
        `Spis zastępstw ma ${f.count(d.count ?? 1, { one: 'błąd', few: 'błędy', many: 'błędów', other: 'błędu' })}: obowiązuje poprzedni. Wykaz daje „third-ring check”.`,
      'warden.refused': (d, f) =>
        `Plik telefonów strażnika ma ${f.count(d.count ?? 1, { one: 'błąd', few: 'błędy', many: 'błędów', other: 'błędu' })}: obowiązuje poprzedni. Wykaz daje „third-ring check”.`,
      'warden.failed': (d, f) =>
        `Program stanowiska nie działa, połączenia trafiają do ${f.place(d.target)} i nikt nie może tego cofnąć: ${f.reason(d.reason)}.`,
      'warden.waiting': (d, f) => `Program stanowiska nie działa, a połączenia trafiają do ${f.place(d.target)}; strażnik wkrótce wyłączy przekierowanie.`,
      'desk.duplicated': () => 'Pod tą nazwą działają dwa programy. Jednemu trzeba nadać inną.',
      'client-id.clash': () => 'Dwa programy łączą się z brokerem pod tą samą nazwą i na przemian tracą połączenie.',
      'phone.duplicated': (d) => `Ten sam telefon jest podłączony także do stanowiska ${d.desks ?? '–'}.`,
      'desk.silent': () => 'Program tego stanowiska milczy.',
      'phone.unreachable': () => 'Telefon nie odpowiada programowi stanowiska.',
      'phone.refused': () => 'Telefon odrzuca hasło lub adres programu stanowiska.',
      'phone.silent': (d) =>
        d.evidence === 'neighbours'
          ? 'Dziś nie było żadnego połączenia, choć u sąsiadów jest ich wiele: czy telefon je zgłasza?'
          : 'Telefon działa, ale niczego nie zgłasza.',
      'forwarding.unconfirmed': () => 'Telefon nie potwierdza przekierowania.',
      'security.refused': () => 'Odrzucono żądania: od obcych albo zbyt liczne.',
      'exchange.away': () => 'Centrala telefoniczna nie odpowiada programowi tego stanowiska.',
      'power.under-voltage': () => 'Zasilacz jest za słaby.',
      'disk.read-only': () => 'Karta pamięci nie przyjmuje już zapisu.',
      'disk.low': () => 'Karta pamięci jest prawie pełna.',
      'clock.unsynced': () => 'Zegar nie jest ustawiony.',
      'forwarding.uncovered': (d, f) => `Dłuższa nieobecność i nie ma kto odbierać: ${f.reason(d.reason)}.`,
      'events.missing': (d, f) =>
        `Od dłuższego czasu brakuje ${f.count(d.count ?? 1, { one: 'zdarzenia', few: 'zdarzeń', many: 'zdarzeń', other: 'zdarzenia' })}.`,
      'events.lost': (d, f) =>
        `Bezpowrotnie utracono ${f.count(d.count ?? 1, { one: 'zdarzenie', few: 'zdarzenia', many: 'zdarzeń', other: 'zdarzenia' })} tego stanowiska.`,
      'journal.incomplete': () => 'Dziennik tego stanowiska ma lukę.',
      'warden.foreign': (d, f) =>
        `Program stanowiska nie działa, a połączenia ktoś inny skierował do ${f.place(d.target)}: tak zostaje. Trzeba sprawdzić telefon.`,
      'warden.freed': () => 'Strażnik wyłączył przekierowanie; program stanowiska jeszcze nie działa.',
    },
  },

  summary: {
    desks: (n, f) => f.count(n, { one: 'stanowisko', few: 'stanowiska', many: 'stanowisk', other: 'stanowiska' }),
    ringing: 'dzwoni',
    talking: 'w rozmowie',
    held: 'zawieszone',
    callbacks: 'do oddzwonienia',
    overdue: 'po terminie',
  },

  state: {
    idle: 'Wolne',
    ringing: 'Dzwoni',
    talking: 'Rozmowa',
    held: 'Rozmowa zawieszona',
    dialling: 'Wybieranie numeru',
    absent: 'Nieobecność',
    offline: 'Brak łączności',
    unreachable: 'Telefon nie odpowiada',
    unknown: 'Brak danych',
  },
  detail: {
    idle: 'Nie ma teraz połączenia',
    dnd: 'Włączono „nie przeszkadzać”',
    offHook: 'Słuchawka jest podniesiona',
    ringing: (ring, f) => `${f.ordinal(ring)} dzwonek`,
    talking: 'Połączenie trwa',
    held: 'Rozmówca czeka na linii',
    dialling: 'Połączenie wychodzące',
    absent: 'Stanowisko nie przyjmuje połączeń',
    absentTo: (target) => `Połączenia trafiają do ${target}`,
    offline: 'Program stanowiska nie działa albo nie ma sieci',
    unreachable: 'Program stanowiska działa, telefon milczy',
    unknown: 'Są tylko dawne dane',
    second: 'Drugie połączenie',
  },
  since: 'od',
  rings: {
    label: (ring, f) => `${f.ordinal(ring)} dzwonek z trzech przewidzianych procedurą`,
    late: (ring, f) => `${f.ordinal(ring)} dzwonek, później niż przewiduje procedura`,
    estimated: 'liczba dzwonków oszacowana z upływu czasu',
    counted: 'dzwonki policzone na linii',
  },

  desk: {
    makes: { analogue: 'telefon analogowy,' },
    driven: 'rysowana tak, jak świeci nią mikrokontroler',
    online: 'Połączone',
    offline: 'Brak łączności',
    unknown: 'Nieznane',
    lamp: 'Lampka',
    callbacks: 'Do oddzwonienia',
    callbacksOpen: (n, f) => (n === 0 ? 'nic' : f.count(n, { one: 'osoba', few: 'osoby', many: 'osób', other: 'osoby' })),
    callbacksOverdue: (n, f) => `${f.number(n)} po terminie`,
    forwarding: 'Przekierowanie',
    forwardingOff: 'wyłączone',
    forwardingOn: (target) => (target === undefined ? 'włączone' : `do ${target}`),
    forwardingBusy: 'gdy linia jest zajęta',
    forwardingUntil: (time) => `do godziny ${time}`,
    forwardingForeign: 'ustawione ręcznie',
    standsIn: (desks) => `przejmuje połączenia: ${desks}`,
    lease: {
      held: 'ustawił program stanowiska',
      asked: 'zlecił program stanowiska, telefon jeszcze nie potwierdził',
      releasing: 'program stanowiska właśnie je wyłącza',
      unknown: 'ustawił program stanowiska, do sprawdzenia',
    },
    warden: {
      waiting: 'program stanowiska nie działa; strażnik daje mu czas na powrót',
      'waiting lease-over': 'program stanowiska nie przedłużył przekierowania; zajmie się tym strażnik',
      undoing: 'strażnik wyłącza przekierowanie',
      'undoing busy': 'strażnik czeka na koniec rozmowy',
      undone: 'wyłączył strażnik',
      'undone found-free': 'było już wyłączone, gdy strażnik sprawdził',
      foreign: 'tymczasem ustawiono ręcznie; strażnik tego nie zmienia',
      'foreign unclaimed': 'program stanowiska nie działa; nie wiadomo, czy ustawił je człowiek',
      unconfirmed: 'strażnik wydał polecenie, lecz telefon nie pokazuje wyniku',
      'unconfirmed contradicted': 'strażnik wydał polecenie, lecz telefon nadal przekierowuje',
      failed: 'strażnik nie może wyłączyć przekierowania',
      'failed unreachable': 'strażnik nie może połączyć się z telefonem',
      'failed refused': 'telefon odrzuca polecenia strażnika',
      'failed no-phone': 'strażnik nie zna tego telefonu',
      'failed no-number': 'strażnik nie wie, czyje to przekierowanie',
    },
    unlisted: 'innego numeru',
    missing: (n, f) => f.count(n, { one: 'zdarzenie nie dotarło', few: 'zdarzenia nie dotarły', many: 'zdarzeń nie dotarło', other: 'zdarzenia nie dotarło' }),
    asking: '; serwer urzędu prosi o nie ponownie',
    askingLater: '; serwer urzędu poprosi o nie, gdy stanowisko wróci',
    lost: (n, f) =>
      f.count(n, {
        one: 'zdarzenie utracone bezpowrotnie',
        few: 'zdarzenia utracone bezpowrotnie',
        many: 'zdarzeń utraconych bezpowrotnie',
        other: 'zdarzenia utraconego bezpowrotnie',
      }),
    events: 'Ostatnie zdarzenia',
    noEvents: 'Jeszcze brak',
  },

  lampPosition: { left: 'lewa', middle: 'środkowa', right: 'prawa', all: 'wszystkie trzy' },
  lampColour: { amber: 'bursztynowe', white: 'białe', blue: 'niebieskie' },
  lampRhythm: {
    steady: 'światło stałe',
    dim: 'światło stałe, przyćmione',
    each: (flashes, seconds, f) => `${f.count(flashes, { one: 'błysk', few: 'błyski', many: 'błysków', other: 'błysku' })} co ${f.number(seconds)}\u00a0s`,
    chase: 'kolejno',
  },
  lamp: {
    test: 'próba lampki',
    identify: 'to jest szukane stanowisko',
    'hold-warning': 'rozmowa zaraz zostanie zawieszona',
    'hold-unconfirmed': 'telefon nie potwierdził zawieszenia',
    'ring-overdue': 'trzeci dzwonek minął',
    'ring-warning': 'trzeci dzwonek: pora odebrać',
    'ring-second': 'drugi dzwonek',
    'ring-first': 'pierwszy dzwonek',
    'ask-consent': 'zapytaj o zgodę na głośnik',
    'hold-overdue': 'rozmówca za długo czeka na linii',
    'hold-long': 'rozmówca wciąż czeka na linii',
    'promise-due': 'pora na umówiony telefon',
    'call-waiting': 'czeka drugi rozmówca',
    'day-end': 'koniec dnia: czy to, co ustawiono w telefonie, ma tak zostać?',
    forwarded: 'połączenia są przekierowane',
    callbacks: 'ktoś czeka na oddzwonienie',
    dark: 'zgaszona, nie ma nic do pokazania',
    unknown: 'nie wiadomo, co pokazuje',
  },

  demo: {
    heading: 'Wypróbuj',
    intro: 'Przy stanowiskach działają prawdziwe programy, a telefony są symulowane. Przy każdym można wkroczyć:',
    steps: [
      (desk) => `Naciśnij „Zadzwoń” przy ${desk} i poczekaj. Przy trzecim dzwonku miga cała lampka: pora odebrać.`,
      () => 'Naciśnij „Odbierz” przed czwartym dzwonkiem; zasada została dotrzymana.',
      () => 'Naciśnij „Wstań” w trakcie rozmowy. Po sześciu sekundach lampka ostrzega, po ośmiu rozmowa jest zawieszona.',
      () => 'Naciśnij „Usiądź”. Rozmowa pozostaje zawieszona, aż urzędnik naciśnie „Wznów”: nikt nie trafi do pustego pokoju.',
      () => 'Naciśnij „Zadzwoń”, a potem, jako dzwoniący, „Zrezygnuj”: teraz trzeba do kogoś oddzwonić.',
      () => 'Przy kan-07 nikogo nie ma. Po chwili jego połączenia trafiają do usc-12: naciśnij „Zadzwoń” przy kan-07 i zobacz, kto odbierze.',
      () => 'Naciśnij „Wyłącz nagle” przy kan-07, gdy jego połączenia trafiają gdzie indziej. Strażnik poczeka, a potem wyłączy przekierowanie.',
    ],
    speed: 'Tempo pokazu',
    times: (n, f) => `${f.number(n)}×`,
    caller: 'Dzwoniący',
    clerk: 'Urzędnik',
    device: 'Lampka',
    helper: 'Program stanowiska',
    groupOf: (desk, group) => `${desk}: ${group}`,
    actions: {
      call: 'Zadzwoń',
      'give-up': 'Zrezygnuj',
      'remote-hang-up': 'Rozłącz się',
      answer: 'Odbierz',
      hold: 'Zawieś',
      resume: 'Wznów',
      'hang-up': 'Rozłącz się',
      'call-back': 'Oddzwoń',
      'stand-up': 'Wstań',
      'sit-down': 'Usiądź',
      'kill-agent': 'Wyłącz nagle',
      'start-agent': 'Uruchom',
    },
    commands: { 'lamp.test': 'Próba', identify: 'Wskaż' },
  },

  answer: {
    done: (what) => `${what}: zrobione.`,
    refused: (what, why) => `${what}: nie zrobiono. ${why}`,
    codes: {
      NO_ANSWER: 'Stanowisko nie odpowiedziało na czas.',
      BROKER_AWAY: 'Serwer urzędu nie ma połączenia z brokerem.',
      TOO_FAST: 'Za dużo żądań; poczekaj chwilę.',
      NO_CONNECTION: 'Nie można się połączyć z serwerem urzędu.',
    },
    other: 'Teraz nie można tego zrobić.',
  },

  alarm: {
    'call.ring': (desk) => `${desk}: trzeci dzwonek, pora odebrać`,
    'hold.forced': (desk) => `${desk}: rozmowa zawieszona, nikogo nie ma`,
    'call.missed': (desk) => `${desk}: nieodebrane połączenie`,
  },

  reason: {
    missed: 'nieodebrane połączenie',
    'abandoned-on-hold': 'rozmówca nie doczekał się na linii',
    promise: 'umówiony telefon',
    'transfer-failed': 'nieudane przełączenie',
    unresolved: 'połączenie zakończone z nieznanego powodu',
    'no-substitute': 'nie wskazano zastępcy',
    'not-capable': 'telefon tego nie potrafi',
    'nobody-takes-calls': 'żaden zastępca nie przyjmuje teraz połączeń',
    frozen: 'automatyka jest wyłączona',
    headset: 'urzędnik rozmawia przez słuchawki',
    standing: 'urzędnik pracuje na stojąco',
    contradiction: 'ktoś tam pracuje, choć czujnik tego nie widzi',
    flapping: 'zmienia się zbyt często',
    lost: 'zamilkł',
    'no-warden': 'nie ma strażnika',
    'no-phone': 'strażnik nie zna tego telefonu',
    'no-number': 'numer zastępcy nie jest znany',
    unreachable: 'telefon nie odpowiada',
    refused: 'telefon odrzuca polecenia strażnika',
    unsupported: 'telefonowi nie można tego polecić',
    contradicted: 'telefon nie robi tego, co mu polecono',
    'not-shown': 'telefon nie pokazuje, czy przekierowuje',
    'directory-stale': 'spis zastępstw jest nieaktualny, od doby nie ma go skąd odświeżyć',
    'not-journalled': 'nie można tego zapisać na karcie pamięci',
    unconfirmed: 'telefon tego nie potwierdza',
  },

  event: {
    'call.alerting': (d) => (d.waiting ? 'W czasie rozmowy czeka drugi rozmówca.' : 'Dzwoni telefon.'),
    'call.ring': (d, f) => {
      if (d.waiting) return `Drugi rozmówca czeka: ${f.ordinal(d.ring)} dzwonek.`
      if (d.ring === 3) return 'Trzeci dzwonek: pora odebrać.'
      return d.ring > 3 ? `${f.ordinal(d.ring)} dzwonek, później niż przewiduje procedura.` : `${f.ordinal(d.ring)} dzwonek.`
    },
    'call.answered': (d, f) => {
      if (d.direction === 'out') return 'Osoba, do której dzwoniono, odebrała.'
      if (d.excluded === 'waiting') return 'Odebrano drugie połączenie.'
      if (d.excluded === 'unknown-start' || d.rings === undefined) return 'Trwa rozmowa; jej początku nie było widać.'
      const after = d.waitMs === undefined ? '' : `, po ${f.span(d.waitMs)}`
      return `Odebrano przy ${f.ordinal(d.rings)} dzwonku${after}${d.inRule === false ? ': później niż przewiduje procedura.' : '.'}`
    },
    'call.missed': (d, f) => {
      if (d.direction === 'out') return 'Nikt nie odebrał połączenia wychodzącego.'
      if (d.cause === 'rejected') return 'Połączenie odrzucono przy stanowisku.'
      if (d.cause === 'busy') return 'Dzwoniący zastał zajętą linię.'
      if (d.cause === 'unresolved' || d.cause === 'lost') return 'Połączenie skończyło się bez odebrania; telefon nie podał powodu.'
      if (d.rings === undefined) return 'Nieodebrane połączenie.'
      const rings = f.count(d.rings, { one: 'dzwonku', few: 'dzwonkach', many: 'dzwonkach', other: 'dzwonka' })
      return `Nieodebrane połączenie: dzwoniący zrezygnował po ${rings}.`
    },
    'call.held': (d) => (d.by === 'agent' ? 'Rozmowa zawieszona automatycznie.' : 'Urzędnik zawiesił rozmowę.'),
    'call.resumed': (d, f) => (d.heldMs === undefined ? 'Rozmowa trwa dalej.' : `Rozmowa trwa dalej, po ${f.span(d.heldMs)} zawieszenia.`),
    'call.ended': (d, f) => {
      if (d.cause === 'transferred') return 'Rozmowę przekazano.'
      if (d.cause === 'answered-elsewhere') return 'Połączenie odebrano gdzie indziej.'
      if (d.cause === 'diverted') return 'Połączenie przekierowano.'
      return d.talkMs > 0 ? `Koniec połączenia po ${f.span(d.talkMs)} rozmowy.` : 'Koniec połączenia.'
    },
    'call.hung-up-first': (d) => {
      if (d.by === 'remote') return 'Rozmówca rozłączył się pierwszy, tak jak trzeba.'
      return d.by === 'local' ? 'Stanowisko rozłączyło się przed rozmówcą.' : 'Nie wiadomo, kto rozłączył się pierwszy.'
    },
    'call.transferred': (d) => {
      if (d.kind === 'blind') return 'Rozmowę przekazano bez zapowiedzi.'
      if (d.kind === 'attended') return 'Rozmowę zapowiedziano i przekazano.'
      return d.kind === 'failed' ? 'Nie udało się przekazać rozmowy.' : 'Rozmowę przekazano.'
    },
    'call.speaker-cue': () => 'Włączono głośnik: przypomnienie o pytaniu o zgodę.',
    'call.contradiction': () => 'Telefon zgłosił coś nieoczekiwanego; przyjęto jego wersję.',
    'hold.warned': (d, f) =>
      d.remindOnly
        ? `Nikogo przy stanowisku w czasie rozmowy: tylko przypomnienie (${f.reason(d.remindOnly)}).`
        : 'Nikogo przy stanowisku w czasie rozmowy: rozmowa zostanie zawieszona.',
    'hold.forced': (d, f) => `Rozmowa została zawieszona: od ${f.span(d.afterMs)} nikogo przy stanowisku.`,
    'hold.unconfirmed': () => 'Telefon nie potwierdził zawieszenia.',
    'hold.long': (d, f) => `Rozmówca od ${f.span(d.heldMs)} ${d.muted ? 'nic nie słyszy' : 'czeka na linii'}.`,
    'hold.overdue': (d, f) => `Rozmówca od ${f.span(d.heldMs)} ${d.muted ? 'nic nie słyszy' : 'czeka na linii'}: za długo.`,
    'forwarding.on': (d, f) => `Połączenia trafiają do ${f.place(d.target)}${d.until === undefined ? '' : `, do godziny ${f.hour(d.until)}`}.`,
    'forwarding.off': () => 'Połączenia znowu dzwonią przy tym stanowisku.',
    'forwarding.unconfirmed': () => 'Telefon nie potwierdził przekierowania.',
    'forwarding.uncovered': (d, f) => `Dłuższa nieobecność i nie ma kto odbierać: ${f.reason(d.reason)}.`,
    'day-end.asked': (d) => {
      const still = [...(d.dnd ? ['„nie przeszkadzać”'] : []), ...(d.kind === undefined ? [] : ['przekierowanie ustawione ręcznie'])]
      return `Dzień pracy się skończył; stanowisko pyta, czy w telefonie ma zostać włączone ${still.join(' i ') || 'to, co ustawiono'}.`
    },
    'forwarding.foreign': (d) => (d.on === false ? 'Przekierowanie wyłączono ręcznie.' : 'Przekierowanie ustawiono ręcznie; pozostaje bez zmian.'),
    'callback.opened': (d, f) => {
      const times = d.misses > 1 ? `, ${f.number(d.misses)} razy` : ''
      return `Trzeba oddzwonić: ${f.reason(d.cause)}${times}${d.uncallable ? '; numer nie jest znany' : ''}.`
    },
    'callback.attempted': () => 'Próbowano oddzwonić; nikt nie odebrał.',
    'callback.closed': (d) => {
      if (d.by === 'caller-reached-us') return 'Oddzwonienie załatwione: dzwoniący sam się dodzwonił.'
      if (d.by === 'declared') return 'Oddzwonienie załatwione, jak podaje urzędnik.'
      if (d.by === 'expired' || d.by === 'overflow') return 'Nie oddzwoniono; pozycję usunięto z listy.'
      return d.inTime === false ? 'Oddzwonienie załatwione, po terminie.' : 'Oddzwonienie załatwione.'
    },
    'callback.due': () => 'Pora oddzwonić.',
    'callback.overdue': () => 'Minął termin oddzwonienia.',
    'callback.reassigned': (d) => (d.by === undefined ? 'Oddzwonienie przejęło inne stanowisko.' : `Oddzwonienie przejmuje ${d.by}.`),
    'seat.implausible': (d, f) => `Wskazania czujnika krzesła uznano za niewiarygodne: ${f.reason(d.reason)}.`,
    'phone.silent': (d, f) => (d.sinceMs === undefined ? 'Telefon milczy.' : `Telefon milczy od ${f.span(d.sinceMs)}.`),
    'phone.unreachable': () => 'Telefon nie odpowiada.',
    'phone.back': () => 'Telefon znowu odpowiada.',
    'phone.refused': () => 'Telefon odrzucił hasło albo adres programu stanowiska.',
    'phone.restarted': () => 'Telefon uruchomił się ponownie.',
    'bridge.lost': () => 'Utracono połączenie z urządzeniem lampki i czujnika.',
    'bridge.back': () => 'Urządzenie lampki i czujnika wróciło.',
    'clock.stepped': (d, f) => (d.byMs === undefined ? 'Przestawiono zegar.' : `Przestawiono zegar o ${f.span(Math.abs(d.byMs))}.`),
    'security.refused': (d, f) => `Odrzucono ${f.count(d.count ?? 1, { one: 'żądanie', few: 'żądania', many: 'żądań', other: 'żądania' })}.`,
    'journal.incomplete': (d, f) =>
      d.count === undefined
        ? 'Utracono część zapisu tego stanowiska.'
        : `Bezpowrotnie utracono ${f.count(d.count, { one: 'zdarzenie', few: 'zdarzenia', many: 'zdarzeń', other: 'zdarzenia' })} tego stanowiska.`,
    'command.obeyed': (d) => `Wykonano polecenie ${d.command ?? '?'}.`,
    'command.refused': (d) => `Odrzucono polecenie ${d.command ?? '?'} (${d.code ?? '?'}).`,
    'agent.started': (d) =>
      d.version === undefined ? 'Program tego stanowiska rozpoczął pracę.' : `Program tego stanowiska rozpoczął pracę, wersja ${d.version}.`,
    'agent.stopping': () => 'Program tego stanowiska kończy pracę.',
  },
  otherEvent: (type) => `Zdarzenie ${type}.`,
}
