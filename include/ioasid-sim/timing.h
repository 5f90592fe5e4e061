/* SPDX-License-Identifier: MIT */
/*
 * Timed runs: what a translation costs, and where the time goes. A profile says what the machine is made of; the
 * engines that translate are the same as everywhere. docs/timing.md describes the model and how far it can be trusted.
 */
#ifndef IOASID_SIM_TIMING_H
#define IOASID_SIM_TIMING_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/error.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct iosim_profile iosim_profile;

/**
 * iosim_profile_names:
 *
 * Returns: the profiles that are part of the library, ended by NULL. Static.
 */
IOSIM_API const char *const *iosim_profile_names(void);

/**
 * iosim_profile_load:
 * @name: one of iosim_profile_names(), or a file: with a slash, or ending with .yaml
 * @error: IOSIM_ERROR_READ, _SYNTAX or _MEANING with file, line and column; IOSIM_ERROR_ARGUMENT: no such profile
 *
 * Returns: (transfer full): the profile; NULL with @error set.
 */
IOSIM_API iosim_profile *iosim_profile_load(const char *name, GError **error);
IOSIM_API void iosim_profile_free(iosim_profile *profile);

/**
 * iosim_profile_summary:
 *
 * Returns: a line about it, owned by @profile.
 */
IOSIM_API const char *iosim_profile_summary(const iosim_profile *profile);

/**
 * iosim_write_fn:
 * @text: the next piece of the output, ended by NUL
 *
 * Takes what a function below prints, in order.
 */
typedef void (*iosim_write_fn)(gpointer context, const char *text);

/**
 * iosim_progress_fn:
 * @done: so much of @all; equal to it at the end
 *
 * Called now and then during a run. What it shows is no part of the output.
 */
typedef void (*iosim_progress_fn)(gpointer context, guint64 done, guint64 all);

/**
 * iosim_watch:
 * @vcd: takes a Value Change Dump (IEEE 1364-2005 18.2) with a time scale of 1 ps; NULL: not wanted
 * @trace: takes trace events as JSON, a track for each tag, queue and walker; NULL: not wanted
 * @skip: packets that end, of those that are measured, before both begin
 * @packets: that they show; who was under way when they begin is not among them. 0: to the end of the run
 * @progress: of the run; NULL: not wanted
 *
 * Who looks on while a machine runs. Nothing that is measured depends on it, and how much memory it takes does not
 * depend on the length of the run.
 */
typedef struct {
	iosim_write_fn vcd, trace;
	gpointer vcd_context, trace_context;
	guint64 skip, packets;
	iosim_progress_fn progress;
	gpointer progress_context;
} iosim_watch;

/**
 * iosim_dma:
 * @write: transfers are writes, else reads
 * @sequential: one after the other, and from the begin again; else at random places
 * @without_iommu: requests go to memory as they are
 * @bytes: of a transfer, 1 to 4096; transfers begin on 64-byte lines
 * @window: bytes, a multiple of 4096, 4096 to 1 GiB
 * @outstanding: transfers at a time; 0: as many as the device can
 * @transfers: that are measured, at least 1
 * @warm_up: transfers before them
 * @seed: of random places
 * @devices: functions behind the link, each a requester with a domain and a window of its own; 0 is 1
 * @pasids: of each device; requests have one of them, and domains and windows are theirs. 0: requests have none
 * @requests: NULL, or a trace file that is sent instead (docs/timing.md says what is in it): @outstanding and @warm_up
 * hold for its requests, all others are measured, and no other number counts
 * @watch: who looks on; NULL: nobody
 */
typedef struct {
	gboolean write, sequential, without_iommu;
	guint bytes;
	guint64 window;
	guint outstanding;
	guint64 transfers, warm_up, seed;
	guint devices, pasids;
	const char *requests;
	const iosim_watch *watch;
} iosim_dma;

/**
 * iosim_dma_run:
 * @format: "text" or "json": a summary; "csv": a line for each packet, and no summary
 * @write: gets the output; takes @context
 * @error: IOSIM_ERROR_ARGUMENT: a number of @dma is out of its range, or there is no such format; IOSIM_ERROR_READ,
 * _SYNTAX or _MEANING: the trace file, with its line and column
 *
 * Runs DMA through a window of 4 KiB pages on the machine of the profile, or the requests of a trace file. The same
 * call gives the same output. How much memory it takes does not depend on the number of transfers, but for a trace,
 * which is read as a whole.
 *
 * Returns: FALSE with @error set, and nothing was written.
 */
IOSIM_API gboolean iosim_dma_run(const iosim_profile *profile, const iosim_dma *dma, const char *format,
				 iosim_write_fn write, gpointer context, GError **error);

/**
 * iosim_nic:
 * @mode: "strict": each packet's buffer is unmapped and invalidated before the packet is handled; "batched": those of
 * all packets that are there at once; "lazy": the whole domain, when many are unmapped
 * @guest: invalidations of the CPUs trap
 * @without_iommu: nothing is translated, mapped or unmapped
 * @cores: CPUs, with a ring each; 1 to 64
 * @ring: descriptors of a ring, a multiple of 4, at most 4096; all rings and buffers are below 1 GiB
 * @bytes: of a packet, 1 to 4096
 * @batch: packets that a CPU takes at once if @mode is "batched", 1 to 128
 * @unmap_every: one of so many buffers is unmapped, the others are used again as they are; at least 1
 * @packets: that are measured, at least 1
 * @warm_up: packets before them
 * @watch: who looks on; what it calls packets are those of the link, which move packets of the network. NULL: nobody
 */
typedef struct {
	const char *mode;
	gboolean guest, without_iommu;
	guint cores, ring, bytes, batch, unmap_every;
	guint64 packets, warm_up;
	const iosim_watch *watch;
} iosim_nic;

/**
 * iosim_nic_run:
 * @format: "text" or "json": a summary; "csv": a line for each packet, and no summary
 * @write: gets the output; takes @context
 * @error: IOSIM_ERROR_ARGUMENT: a number of @nic is out of its range, or there is no such mode or format
 *
 * Lets a network device of the profile receive as fast as it can, and CPUs take its packets. The same call gives the
 * same output.
 *
 * Returns: FALSE with @error set, and nothing was written.
 */
IOSIM_API gboolean iosim_nic_run(const iosim_profile *profile, const iosim_nic *nic, const char *format,
				 iosim_write_fn write, gpointer context, GError **error);

/**
 * iosim_pages:
 * @cores: CPUs that handle page requests, 1 to 64
 * @outstanding: accesses, and so page requests, that the device has under way; 1 to 512, which are the groups that it
 * can tell apart (PCIe 10.4.1)
 * @queue: entries of the unit's page request queue, a power of two up to 4096; of VT-d at least 128
 * @miss_percent: of all accesses, whose page is not mapped; 0 to 100
 * @accesses: that are measured, at least 1
 * @warm_up: accesses before them; with these and @outstanding at most 262144
 */
typedef struct {
	guint cores, outstanding, queue, miss_percent;
	guint64 accesses, warm_up;
} iosim_pages;

/**
 * iosim_pages_run:
 * @format: "text" or "json"
 * @error: IOSIM_ERROR_ARGUMENT: a number of @pages is out of its range, or there is no such format
 *
 * Lets a device of the profile with ATS and PRI access pages, some of which are not mapped, and CPUs handle its page
 * requests. The same call gives the same output.
 *
 * Returns: (transfer full): what a round trip of a page request takes, and where; NULL with @error set.
 */
IOSIM_API char *iosim_pages_run(const iosim_profile *profile, const iosim_pages *pages, const char *format,
				GError **error);

/**
 * iosim_dma_sweep:
 * @what: "NAME=VALUE,VALUE..." or "NAME=FIRST..LAST", doubled from one to the next: `window`, `bytes`, `outstanding`,
 * `devices`, `pasids` of @dma, or a number of @profile by its key; values are decimal, or with K, M or G; at most 64
 * @format: "text", "json" or "csv"
 * @plot: (out) (optional) (transfer full): the same as a figure, SVG
 * @error: IOSIM_ERROR_ARGUMENT: no such number or format, or a value that is out of its range
 *
 * A run of @dma for each value, with @dma's watch told after each how many are done.
 *
 * Returns: (transfer full): a row for each value; NULL with @error set.
 */
IOSIM_API char *iosim_dma_sweep(const iosim_profile *profile, const iosim_dma *dma, const char *what,
				const char *format, char **plot, GError **error);

/**
 * iosim_nested_run:
 * @measured: CSV file of measurements of a guest, a row a number of CPUs (tests/data/timing/README.md)
 * @structure: what the first row does not tell; NULL: the profile "nested-guest"
 * @format: "text" or "json"
 * @error: IOSIM_ERROR_READ, _SYNTAX, _MEANING: the file, with its line; IOSIM_ERROR_ARGUMENT: no such format
 *
 * Calibrates the CPUs of a machine from the row with the fewest of them, and runs it for each row under assumptions
 * about what happens while CPUs wait for each other's invalidations.
 *
 * Returns: (transfer full): measured and modelled throughput of each row; NULL with @error set.
 */
IOSIM_API char *iosim_nested_run(const char *measured, const iosim_profile *structure, const char *format,
				 GError **error);

/**
 * iosim_pcie:
 * @measured: CSV file of measurements
 * @host: only this one; NULL: each one that the file has
 * @structure: what is common to all hosts; NULL: the profile "pcie-bench"
 * @leave_one_out: once more, with the structure estimated on all hosts but the one that is predicted
 * @packets: of each run; 0: as many as the recorded errors were made with
 */
typedef struct {
	const char *measured, *host;
	const iosim_profile *structure;
	gboolean leave_one_out;
	guint packets;
} iosim_pcie;

/**
 * iosim_pcie_run:
 * @format: "text", "json", or "profile": the calibrated profile of @host, which is needed then
 * @plot: (out) (optional) (transfer full): measured and predicted of each row as a figure, SVG; none of a profile
 * @error: IOSIM_ERROR_READ, _SYNTAX, _MEANING: the file, with its line; IOSIM_ERROR_ARGUMENT: no such host or format
 *
 * Calibrates a machine for each host from measurements without IOMMU and the latencies with 4 KiB pages in windows of
 * 256 KiB and 64 MiB, and predicts every other measurement with 4 KiB pages by a run.
 *
 * Returns: (transfer full): measured, predicted and error of each, and what they come to; NULL with @error set.
 */
IOSIM_API char *iosim_pcie_run(const iosim_pcie *pcie, const char *format, char **plot, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_profile, iosim_profile_free)

G_END_DECLS

#endif
