/**
 * The action URLs in a phone's provisioning file, by the vendor's own name of the event: what a phone that loads the file will post. Reads a Yealink's
 * `action_url.name = …` lines, and of a Grandstream's XML the URLs, whose last part of the path is the event's name.
 */
export function actionUrlsIn(file: string): Readonly<Record<string, string>> {
  const lines = [...file.matchAll(/^action_url\.(\w+)\s*=\s*(\S+)\s*$/gm)].map(([, name = '', url = '']) => [name, url])
  const elements = [...file.matchAll(/<P\d+>(http:[^<]+)<\/P\d+>/g)].map(([, text = '']) => {
    const url = text.replaceAll('&lt;', '<').replaceAll('&amp;', '&')
    return [url.split('?')[0]?.split('/').at(-1) ?? '', url]
  })
  return Object.fromEntries([...lines, ...elements])
}
