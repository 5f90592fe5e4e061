/* SPDX-License-Identifier: MIT */
#include "model/closure.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

/* Each level of switches takes two bus numbers, so a path has at most 128 downstream ports. */
#define MAX_SPANS 260

/* Devices stand in the order of a walk through the port tree, so that every subtree is a run of positions. */
struct span {
	uint32_t first, end;
};

struct closure {
	const struct machine *machine;
	uint32_t count;
	struct span *subtrees;     /* per port */
	struct span *packages;     /* per device: the functions of its package and their mdevs */
	uint16_t *at;              /* device at each position */
	uint32_t *positions;       /* of each device */
	uint32_t *requesters;      /* per device */
	uint16_t *twins;           /* devices by IOMMU and requester ID */
	struct span *twin_runs;    /* per device: those that the IOMMU cannot tell from it, in `twins` */
	struct closure_row **rows; /* per device; NULL: not asked yet */
	size_t kept_bytes;
	/* Of the search that runs; as if nothing had been visited when none does. */
	uint32_t *unvisited; /* per position: itself, or where to look for the next one that was not visited */
	bool *visited;       /* per device */
	uint16_t *queue;     /* the devices that were visited */
	uint32_t queue_end;
	uint16_t current;
};

static void *allocate(size_t count, size_t bytes)
{
	void *memory = calloc(count + 1, bytes);
	if (!memory)
		abort();
	return memory;
}

/* --- the order of positions --- */

/* Preorder number of each port, and the number after its subtree's last. */
static void number_ports(const struct machine *machine, struct span *numbers)
{
	uint16_t *child = allocate(machine->port_count, sizeof(*child));
	uint16_t *sibling = allocate(machine->port_count, sizeof(*sibling));
	uint16_t roots = MACHINE_NONE;

	memset(child, 0xff, machine->port_count * sizeof(*child));
	for (uint32_t i = machine->port_count; i-- > 0;) {
		uint16_t parent = machine->ports[i].parent;
		uint16_t *head = parent == MACHINE_NONE ? &roots : &child[parent];
		sibling[i] = *head;
		*head = (uint16_t)i;
	}
	uint32_t number = 0;
	for (uint16_t port = roots; port != MACHINE_NONE;) {
		numbers[port].first = number++;
		if (child[port] != MACHINE_NONE) {
			port = child[port];
			continue;
		}
		numbers[port].end = number;
		while (sibling[port] == MACHINE_NONE && machine->ports[port].parent != MACHINE_NONE) {
			port = machine->ports[port].parent;
			numbers[port].end = number;
		}
		port = sibling[port];
	}
	free(child);
	free(sibling);
}

struct place {
	uint32_t port;    /* preorder number; the number of ports for a device without one */
	uint16_t package; /* of the function that sends */
	uint16_t device;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->package != b->package)
		return a->package < b->package ? -1 : 1;
	return a->device < b->device ? -1 : 1;
}

/* From the numbers of ports to runs of positions: `starts[n]` is the first position of port number n or above. */
static void place_subtrees(struct closure *closure, const struct span *numbers, const struct place *places)
{
	uint32_t ports = closure->machine->port_count, position = 0;
	uint32_t *starts = allocate(ports + 1, sizeof(*starts));

	for (uint32_t number = 0; number <= ports; number++) {
		while (position < closure->count && places[position].port < number)
			position++;
		starts[number] = position;
	}
	for (uint32_t port = 0; port < ports; port++)
		closure->subtrees[port] = (struct span){starts[numbers[port].first], starts[numbers[port].end]};
	free(starts);
}

static void place_packages(struct closure *closure, const struct place *places)
{
	for (uint32_t first = 0, end; first < closure->count; first = end) {
		for (end = first + 1; end < closure->count; end++)
			if (places[end].port != places[first].port || places[end].package != places[first].package)
				break;
		for (uint32_t i = first; i < end; i++)
			closure->packages[places[i].device] = (struct span){first, end};
	}
}

static void place_devices(struct closure *closure)
{
	const struct machine *machine = closure->machine;
	struct span *numbers = allocate(machine->port_count, sizeof(*numbers));
	struct place *places = allocate(closure->count, sizeof(*places));

	number_ports(machine, numbers);
	for (uint32_t i = 0; i < closure->count; i++) {
		const struct machine_device *function = &machine->devices[machine_function(machine, (uint16_t)i)];
		places[i] = (struct place){.port = function->port == MACHINE_NONE ? machine->port_count
										  : numbers[function->port].first,
					   .package = function->package,
					   .device = (uint16_t)i};
	}
	qsort(places, closure->count, sizeof(*places), compare_places);
	for (uint32_t i = 0; i < closure->count; i++) {
		closure->at[i] = places[i].device;
		closure->positions[places[i].device] = i;
	}
	place_subtrees(closure, numbers, places);
	place_packages(closure, places);
	free(numbers);
	free(places);
}

/* --- requester IDs --- */

/* The bridge nearest to the root on the way up from the port; MACHINE_NONE if there is none. */
static uint16_t topmost_bridge(const struct machine *machine, uint16_t port)
{
	uint16_t bridge = MACHINE_NONE;
	for (; port != MACHINE_NONE; port = machine->ports[port].parent)
		if (machine->ports[port].kind == PORT_PCI_BRIDGE)
			bridge = port;
	return bridge;
}

static uint32_t requester_of(const struct machine *machine, const struct machine_device *device)
{
	if (device->kind == DEVICE_PLATFORM)
		return device->stream;
	uint16_t bridge = topmost_bridge(machine, device->port);
	if (bridge != MACHINE_NONE)
		return (uint32_t)machine->ports[bridge].secondary << 8;
	return device->aliased ? device->alias_rid : device->rid;
}

struct twin {
	uint32_t requester;
	uint16_t iommu, segment;
	uint16_t mdev; /* its index + 1: its PASID tells it from everything else */
	uint16_t device;
};

/* Units tell requesters apart by the ID alone; where there is no unit the segment counts. */
static int compare_identities(const struct twin *a, const struct twin *b)
{
	if (a->iommu != b->iommu)
		return a->iommu < b->iommu ? -1 : 1;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	if (a->requester != b->requester)
		return a->requester < b->requester ? -1 : 1;
	return a->mdev == b->mdev ? 0 : a->mdev < b->mdev ? -1 : 1;
}

static int compare_twins(const void *left, const void *right)
{
	const struct twin *a = left, *b = right;
	int order = compare_identities(a, b);
	return order ? order : a->device < b->device ? -1 : 1;
}

static void find_twins(struct closure *closure)
{
	const struct machine *machine = closure->machine;
	struct twin *twins = allocate(closure->count, sizeof(*twins));

	for (uint32_t i = 0; i < closure->count; i++) {
		uint16_t sender = machine_function(machine, (uint16_t)i);
		const struct machine_device *function = &machine->devices[sender];
		closure->requesters[i] = requester_of(machine, function);
		twins[i] = (struct twin){.requester = closure->requesters[i],
					 .iommu = function->iommu,
					 .segment = function->iommu == MACHINE_NONE ? function->segment : 0,
					 .mdev = sender == i ? 0 : (uint16_t)(i + 1),
					 .device = (uint16_t)i};
	}
	qsort(twins, closure->count, sizeof(*twins), compare_twins);
	for (uint32_t first = 0, end; first < closure->count; first = end) {
		for (end = first + 1; end < closure->count && compare_identities(&twins[first], &twins[end]) == 0;)
			end++;
		for (uint32_t i = first; i < end; i++) {
			closure->twins[i] = twins[i].device;
			closure->twin_runs[twins[i].device] = (struct span){first, end};
		}
	}
	free(twins);
}

/* --- the search --- */

/* The first position from there on that was not visited; `count` if there is none. */
static uint32_t next_unvisited(struct closure *closure, uint32_t position)
{
	uint32_t found = position;
	while (closure->unvisited[found] != found)
		found = closure->unvisited[found];
	while (closure->unvisited[position] != found) {
		uint32_t next = closure->unvisited[position];
		closure->unvisited[position] = found;
		position = next;
	}
	return found;
}

static void visit(struct closure *closure, uint16_t device)
{
	if (closure->visited[device])
		return;
	closure->visited[device] = true;
	closure->queue[closure->queue_end++] = device;
}

static void visit_span(struct closure *closure, struct span span)
{
	uint16_t sender = machine_function(closure->machine, closure->current);

	for (uint32_t position = next_unvisited(closure, span.first); position < span.end;
	     position = next_unvisited(closure, position + 1)) {
		uint16_t device = closure->at[position];
		/* What a function sends to its own registers never leaves it. */
		if (machine_function(closure->machine, device) == sender)
			continue;
		visit(closure, device);
		closure->unvisited[position] = position + 1;
	}
}

/* Targets to which the request is still under way, as runs of positions. */
struct under_way {
	struct span spans[MAX_SPANS];
	unsigned count;
};

static void under_way_add(struct closure *closure, struct under_way *set, uint32_t first, uint32_t end)
{
	if (first >= end)
		return;
	if (set->count == MAX_SPANS) {
		visit_span(closure, (struct span){first, end});
		return;
	}
	set->spans[set->count++] = (struct span){first, end};
}

static void visit_under_way(struct closure *closure, struct under_way *set)
{
	for (unsigned i = 0; i < set->count; i++)
		visit_span(closure, set->spans[i]);
	set->count = 0;
}

/* Whether a request may go straight to a peer. */
static bool peers_open(unsigned acs, bool translated)
{
	return !(acs & (ACS_RR | ACS_EC)) || (translated && (acs & ACS_DT));
}

/* One downstream port on the way up. */
static void pass_downstream_port(struct closure *closure, uint16_t port, bool translated, struct under_way *set)
{
	const struct machine_port *row = &closure->machine->ports[port];
	struct span own = closure->subtrees[port], all = closure->subtrees[row->parent];

	if (!(row->acs & ACS_UF))
		visit_under_way(closure, set);
	if (peers_open(row->acs, translated)) {
		visit_span(closure, (struct span){all.first, own.first});
		visit_span(closure, (struct span){own.end, all.end});
	} else if (row->acs & ACS_RR) {
		under_way_add(closure, set, all.first, own.first);
		under_way_add(closure, set, own.end, all.end);
	}
}

/* Everything that the current device's requests may be delivered to before they meet an IOMMU. */
static void visit_direct(struct closure *closure)
{
	const struct machine *machine = closure->machine;
	const struct machine_device *function = &machine->devices[machine_function(machine, closure->current)];
	bool translated = function->ats || (function->quirks & QUIRK_TRANSLATED_WITHOUT_ATS);
	uint16_t port = function->port, bridge = topmost_bridge(machine, port);
	struct span package = closure->packages[closure->current];
	struct under_way set = {.count = 0};

	if (function->kind == DEVICE_PLATFORM)
		return;
	if (peers_open(function->acs, translated))
		visit_span(closure, package);
	else if (function->acs & ACS_RR)
		under_way_add(closure, &set, package.first, package.end);
	if (bridge != MACHINE_NONE) {
		visit_span(closure, closure->subtrees[bridge]);
		translated = false;
		port = machine->ports[bridge].parent;
	}
	for (; port != MACHINE_NONE; port = machine->ports[port].parent) {
		if (machine->ports[port].kind != PORT_DOWNSTREAM)
			continue;
		if (machine->ports[port].acs & ACS_TB)
			translated = false;
		pass_downstream_port(closure, port, translated, &set);
	}
}

static void search(struct closure *closure, uint16_t device)
{
	closure->queue_end = 0;
	visit(closure, device);
	for (uint32_t i = 0; i < closure->queue_end; i++) {
		closure->current = closure->queue[i];
		struct span twins = closure->twin_runs[closure->current];
		for (uint32_t twin = twins.first; twin < twins.end; twin++)
			visit(closure, closure->twins[twin]);
		visit_direct(closure);
	}
}

static void forget_search(struct closure *closure)
{
	for (uint32_t i = 0; i < closure->queue_end; i++) {
		uint32_t position = closure->positions[closure->queue[i]];
		closure->visited[closure->queue[i]] = false;
		closure->unvisited[position] = position;
	}
}

/* --- interface --- */

struct closure *closure_new(const struct machine *machine)
{
	struct closure *closure = allocate(1, sizeof(*closure));
	uint32_t count = machine->device_count;

	closure->machine = machine;
	closure->count = count;
	closure->subtrees = allocate(machine->port_count, sizeof(*closure->subtrees));
	closure->packages = allocate(count, sizeof(*closure->packages));
	closure->at = allocate(count, sizeof(*closure->at));
	closure->positions = allocate(count, sizeof(*closure->positions));
	closure->requesters = allocate(count, sizeof(*closure->requesters));
	closure->twins = allocate(count, sizeof(*closure->twins));
	closure->twin_runs = allocate(count, sizeof(*closure->twin_runs));
	closure->rows = allocate(count, sizeof(*closure->rows));
	closure->unvisited = allocate(count, sizeof(*closure->unvisited));
	closure->queue = allocate(count, sizeof(*closure->queue));
	closure->visited = allocate(count, sizeof(*closure->visited));
	for (uint32_t position = 0; position <= count; position++)
		closure->unvisited[position] = position;
	place_devices(closure);
	find_twins(closure);
	return closure;
}

static void drop_rows(struct closure *closure)
{
	for (uint32_t i = 0; i < closure->count; i++) {
		free(closure->rows[i]);
		closure->rows[i] = NULL;
	}
	closure->kept_bytes = 0;
}

void closure_free(struct closure *closure)
{
	if (!closure)
		return;
	drop_rows(closure);
	free(closure->subtrees);
	free(closure->packages);
	free(closure->at);
	free(closure->positions);
	free(closure->requesters);
	free(closure->twins);
	free(closure->twin_runs);
	free(closure->rows);
	free(closure->unvisited);
	free(closure->visited);
	free(closure->queue);
	free(closure);
}

static int compare_devices(const void *left, const void *right)
{
	uint16_t a = *(const uint16_t *)left, b = *(const uint16_t *)right;
	return a < b ? -1 : a > b;
}

const struct closure_row *closure_row(struct closure *closure, uint16_t device)
{
	IOSIM_ASSERT(device < closure->count);
	if (closure->rows[device])
		return closure->rows[device];
	search(closure, device);
	qsort(closure->queue, closure->queue_end, sizeof(*closure->queue), compare_devices);
	size_t bytes = sizeof(struct closure_row) + closure->queue_end * sizeof(uint16_t);
	if (closure->kept_bytes + bytes > CLOSURE_CACHE_BYTES)
		drop_rows(closure);
	struct closure_row *row = allocate(bytes, 1);
	row->count = closure->queue_end;
	memcpy(row->devices, closure->queue, closure->queue_end * sizeof(uint16_t));
	closure->rows[device] = row;
	closure->kept_bytes += bytes;
	forget_search(closure);
	return row;
}

uint32_t closure_requester(const struct closure *closure, uint16_t device)
{
	IOSIM_ASSERT(device < closure->count);
	return closure->requesters[device];
}

bool closure_same_requester(const struct closure *closure, uint16_t a, uint16_t b)
{
	IOSIM_ASSERT(a < closure->count && b < closure->count);
	return closure->twin_runs[a].first == closure->twin_runs[b].first;
}
