import { createAnalogueBench } from './analogue-bench.ts'
import { createBench } from './bench.ts'
import { phoneContract } from './contract.ts'
import { driverPromises } from './promises.ts'

phoneContract('yealink')
phoneContract('grandstream')

for (const vendor of ['yealink', 'grandstream'] as const) {
  driverPromises(vendor, async () => {
    const bench = await createBench(vendor)
    return { ...bench, ring: (number) => void bench.phone.ring({ number }) }
  })
}
// No remote hold, so the rest of the contract has nothing to ask of it; its stories are in analogue.test.ts.
driverPromises('analogue', async () => {
  const bench = await createAnalogueBench({ start: false })
  return { ...bench, ring: (number) => void bench.phone.ring({ number }) }
})
