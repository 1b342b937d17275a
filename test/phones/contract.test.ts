import { phoneContract } from './contract.ts'

phoneContract('yealink')
phoneContract('grandstream')
