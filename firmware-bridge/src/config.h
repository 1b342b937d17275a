/* Every number of this program, with its unit. What the agent may set has its default and its range in thresholds.c. */
#ifndef CONFIG_H
#define CONFIG_H

/* The protocol of protocol.md, and this program's version as major * 10000 + minor * 100 + patch. */
#define PROTOCOL 1
#define VERSION 10000UL

#define BAUD_RATE 115200UL

/* A line, with its `$` and its `\r\n`. */
#define LINE_MAX_BYTES 64
/* More fields than any command has: a line with more than these is turned down. */
#define FIELDS_MAX 8

/* Both powers of two, at most 256. A line waits in them whole, never in part. */
#define RECEIVE_BUFFER_BYTES 128
#define SEND_BUFFER_BYTES 256

#define HEARTBEAT_MS 1000
/* No good line from the agent for so long: the lamp goes dark. */
#define AGENT_SILENT_MS 5000
/* After the start nothing is told of hook and seat until they have been steady once; after this, as they are. */
#define SETTLE_MAX_MS 1500

/* The ring detector's output must be low for more than this to be a pulse; a shorter one is a spike. */
#define PULSE_MIN_MS 1
/* So many pulses in a row, over so long, are ringing; the practice of modems is 100 ms. */
#define RING_PULSES_MIN 4
#define RING_CONFIRM_MS 100
/* No pulse for so long: the burst is over. Longer than the interval of the slowest ringing that can be set (10 Hz). */
#define RING_SILENCE_MS 120
/* Intervals may be this part longer or shorter than the thresholds say: 1/32 is 3 %. */
#define RING_TOLERANCE_SHIFT 5

/* Loop current must be back for so long before a gap is over; shorter is a bounce of the hook's contacts. */
#define HOOK_STEADY_MS 20

/* The lamp's phase, as the agent tells it, is modulo this. */
#define PHASE_MODULO_MS 60000U
/* A phase that is off by no more than this is drawn in, 1 ms in each 16, so that no light is switched twice; by more, it is set. */
#define PHASE_SLEW_MAX_MS 100
#define PHASE_SLEW_EVERY_MS 16

#endif
