/**
 * What a broker can do for those who come later. `full`: it keeps retained messages and gives them to whoever subscribes. `events`: it does not (RabbitMQ
 * gives none to wildcards, nor to another node of a cluster); nothing is retained there, and who wants the levels asks for them with `hub/rebirth`.
 */
export type BrokerProfile = 'full' | 'events'
