/** The labels of the chip behind the header of a Raspberry Pi: 5; 4; all before it and the Zeros. A machine has one of them. */
export const headerLabels: readonly string[] = ['pinctrl-rp1', 'pinctrl-bcm2711', 'pinctrl-bcm2835']

/** Whether two chips, each named by its label or left out, are surely one; a chip that is left out is the header's. */
export function isSameChip(one: string | undefined, other: string | undefined): boolean {
  const isHeader = (label: string | undefined): boolean => label === undefined || headerLabels.includes(label)
  return one === other || ((one === undefined || other === undefined) && isHeader(one) && isHeader(other))
}
