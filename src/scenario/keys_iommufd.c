/* SPDX-License-Identifier: MIT */
/* The keys of iommufd's raw calls about objects: page tables, queues, vIOMMUs, options, VFIO's calls. */
#include "scenario/operations.h"

#define FIELD(member) .offset = offsetof(struct operands, member)
#define GIVEN(member) .given = offsetof(struct operands, member)
#define KINDS_ASKED   (1u << DEVICE_FUNCTION | 1u << DEVICE_VF | 1u << DEVICE_PLATFORM)
#define MEMORY        (1u << TARGET_MEMORY)
#define MAX_BYTES     UINT64_MAX
#define MAX_ROOM      64 /* UAPI_MAX_READ */
#define MAX_RANGE     (UINT64_C(1) << 30)
#define MAX_BITS      4096 /* UAPI_MAX_BITS */

#define KEY_DEVICE     KEY("device", device, "the device", .required = true, FIELD(device), .mask = KINDS_ASKED)
#define KEY_QUEUE      KEY("queue", result, "the queue", .required = true, FIELD(queue), .mask = RESULT_OBJECT)
#define KEY_VIOMMU     KEY("viommu", result, "the vIOMMU", .required = true, FIELD(object), .mask = RESULT_OBJECT)
#define KEY_ROOM(text) KEY("room", count, text, .fallback = "64", FIELD(room), GIVEN(room_given), .high = MAX_ROOM)
#define KEY_COUNT(text) \
	KEY("count", count, text, .fallback = "not compared", FIELD(count), GIVEN(count_given), .high = MAX_ROOM)

static const struct word event_type_words[] = {{"default", 0}, {"arm-smmuv3", 1}, {NULL, 0}};
static const struct word entry_words[] = {{"range", 0}, {"devtlb", 1}, {"config", 2}, {NULL, 0}};
static const struct word entry_type_words[] = {{"vtd-s1", 1}, {"arm-smmuv3", 2}, {NULL, 0}};
static const struct word hw_queue_words[] = {{"default", 0}, {"tegra241-cmdqv", 1}, {NULL, 0}};
static const struct word option_words[] = {
	{"rlimit-mode", OPTION_RLIMIT_MODE}, {"huge-pages", OPTION_HUGE_PAGES}, {NULL, 0}};
static const struct word info_words[] = {{"default", 0}, {"vtd", 1}, {"smmuv3", 2}, {NULL, 0}};
static const struct word compat_words[] = {{"get", 0}, {"set", 1}, {"clear", 2}, {NULL, 0}};
static const struct word vfio_words[] = {{"type1", 0}, {"type1v2", 1}, {"noiommu", 2}, {NULL, 0}};
static const struct word response_words[] = {
	{"success", RESPONSE_SUCCESS}, {"invalid", RESPONSE_INVALID}, {"failure", RESPONSE_FAILURE}, {NULL, 0}};
static const struct word access_words[] = {
	{"read", ACCESS_READ}, {"write", ACCESS_WRITE}, {"read-write", ACCESS_READ_WRITE}, {NULL, 0}};

const struct key_row no_keys[] = {KEYS_END};

const struct key_row hwpt_alloc_keys[] = {
	KEY_DEVICE,
	KEY("space", result, "the space whose mappings it has, or the page table that it is nested in",
	    .fallback = "the vIOMMU's", FIELD(space), GIVEN(space_given), .mask = RESULT_SPACE),
	KEY("viommu", result, "the vIOMMU that it is made in", .fallback = "none", FIELD(object), GIVEN(object_given),
	    .mask = RESULT_OBJECT),
	KEY("nest-parent", truth, "guests' tables are to be nested in it", .fallback = "false", FIELD(nest_parent)),
	KEY("dirty", truth, "it says which pages were written", .fallback = "false", FIELD(dirty)),
	KEY("pasid", truth, "it is to serve PASIDs too", .fallback = "false", FIELD(for_pasids)),
	KEY("faults", result, "the queue that its page requests come into", .fallback = "they are refused",
	    FIELD(queue), GIVEN(queue_given), .mask = RESULT_OBJECT),
	KEY("root", target, "memory of the guest, where its table begins", .fallback = "it is no guest's", FIELD(root),
	    GIVEN(root_given), .mask = MEMORY),
	KEYS_END,
};

const struct key_row fault_read_keys[] = {
	KEY_QUEUE,
	KEY_ROOM("for so many requests"),
	KEY_COUNT("how many there should be"),
	KEY("request", result, "which request the first of them should be", .fallback = "not compared", FIELD(request),
	    GIVEN(result_of_given), .mask = RESULT_REQUEST),
	KEY("cookie", count, "which cookie it should have", .fallback = "not compared", FIELD(cookie),
	    GIVEN(cookie_given), .high = UINT32_MAX),
	KEYS_END,
};

const struct key_row fault_respond_keys[] = {
	KEY_QUEUE,
	KEY("cookie", count, "of the group that is answered", .required = true, FIELD(cookie), .high = UINT32_MAX),
	KEY("code", word, "the answer", .required = true, FIELD(code), .words = response_words),
	KEYS_END,
};

const struct key_row viommu_alloc_keys[] = {
	KEY_DEVICE,
	KEY("space", result, "the page table that its guest's addresses go through", .required = true, FIELD(space),
	    .mask = RESULT_SPACE),
	KEYS_END,
};

const struct key_row vdevice_alloc_keys[] = {
	KEY_VIOMMU,
	KEY_DEVICE,
	KEY("id", count, "the number that the guest knows it by", .required = true, FIELD(id), .high = UINT32_MAX),
	KEYS_END,
};

const struct key_row veventq_alloc_keys[] = {
	KEY_VIOMMU,
	KEY("type", word, "of the events", .fallback = "arm-smmuv3", FIELD(event_type), GIVEN(event_type_given),
	    .words = event_type_words),
	KEY("depth", count, "for so many events", .required = true, FIELD(depth), .high = UINT32_MAX),
	KEYS_END,
};

const struct key_row veventq_read_keys[] = {
	KEY_QUEUE,
	KEY_ROOM("for so many records"),
	KEY_COUNT("how many there should be"),
	KEY("sequence", count, "which number the last of them should have", .fallback = "not compared", FIELD(sequence),
	    GIVEN(sequence_given), .high = INT32_MAX),
	KEY("lost", tristate, "whether that should be a header which says that events were lost",
	    .fallback = "not compared", FIELD(lost)),
	KEY("event", count, "which event the first should be, as the specification numbers them",
	    .fallback = "not compared", FIELD(event), GIVEN(event_given), .high = 0xff),
	KEY("id", count, "whose number that should name", .fallback = "not compared", FIELD(id), GIVEN(id_given),
	    .high = UINT32_MAX),
	KEYS_END,
};

const struct key_row hwpt_invalidate_keys[] = {
	KEY("space", result, "the guest's page table that they are about", .fallback = "a vIOMMU", FIELD(space),
	    GIVEN(space_given), .mask = RESULT_SPACE),
	KEY("viommu", result, "the vIOMMU whose commands they are", .fallback = "a page table", FIELD(object),
	    GIVEN(object_given), .mask = RESULT_OBJECT),
	KEY("what", word, "what is to be forgotten: pages by address, or what is kept of a device by its number",
	    .fallback = "range", FIELD(entries_of), .words = entry_words),
	KEY("entries", addresses, "addresses of pages, or numbers of devices", .required = true, FIELD(entries)),
	KEY("type", word, "whose entries they are said to be", .fallback = "the object's own", FIELD(event_type),
	    GIVEN(event_type_given), .words = entry_type_words),
	KEY("entry-size", number, "bytes of an entry", .fallback = "what the kernel knows of one", FIELD(entry_bytes),
	    GIVEN(entry_bytes_given), .high = 64),
	KEY("tail", truth, "what is behind that in an entry is not zero", .fallback = "false", FIELD(entry_tail)),
	KEY("done", count, "how many the call should say that it did", .fallback = "not compared", FIELD(count),
	    GIVEN(count_given), .high = SCENARIO_MAX_ENTRIES),
	KEYS_END,
};

const struct key_row dirty_bitmap_keys[] = {
	KEY("space", result, "the page table", .required = true, FIELD(space), .mask = RESULT_SPACE),
	KEY("at", address, "first I/O virtual address", .required = true, FIELD(at)),
	KEY("size", number, "bytes", .fallback = "4K", FIELD(bytes), .low = 1, .high = MAX_RANGE),
	KEY("page-size", number, "bytes that a bit stands for", .fallback = "4K", FIELD(page_bytes),
	    GIVEN(page_bytes_given), .high = MAX_BYTES),
	KEY("clear", truth, "from now on they count as not written", .fallback = "true", FIELD(clear)),
	KEY("count", count, "how many bits should be set", .fallback = "not compared", FIELD(count), GIVEN(count_given),
	    .high = MAX_BITS),
	KEYS_END,
};

const struct key_row hw_queue_keys[] = {
	KEY_VIOMMU,
	KEY("type", word, "of the queue", .fallback = "tegra241-cmdqv", FIELD(hw_queue), .words = hw_queue_words),
	KEY("at", address, "where it is in the guest's memory", .required = true, FIELD(at)),
	KEY("size", number, "bytes", .required = true, FIELD(bytes), .high = MAX_BYTES),
	KEYS_END,
};

const struct key_row ioctl_keys[] = {
	KEY("nr", count, "number of the call: 0x80 is IOMMU_DESTROY", .required = true, FIELD(call),
	    .high = UINT16_MAX),
	KEY("size", number, "bytes that the struct says it has", .required = true, FIELD(bytes), .high = UINT32_MAX),
	KEY("mapped", truth, "false: the pointer leads nowhere", .fallback = "true", FIELD(mapped)),
	KEY("tail", truth, "true: it has something behind what the kernel knows", .fallback = "false", FIELD(tail)),
	KEYS_END,
};

const struct key_row object_destroy_keys[] = {
	KEY("object", result, "the object; the file of a queue is closed first", .required = true, FIELD(object),
	    .mask = RESULT_OBJECT),
	KEYS_END,
};

const struct key_row option_keys[] = {
	KEY("option", word, "which one", .required = true, FIELD(option), .words = option_words),
	KEY("space", result, "of this space", .fallback = "of no object", FIELD(space), GIVEN(space_given),
	    .mask = RESULT_SPACE),
	KEY("set", count, "the value that it gets", .fallback = "it is read", FIELD(set_value), GIVEN(set_given),
	    .high = UINT32_MAX),
	KEY("get", count, "the value that it should have", .fallback = "it is set", FIELD(get_value), GIVEN(get_given),
	    .high = UINT32_MAX),
	KEYS_END,
};

const struct key_row hw_info_keys[] = {
	KEY_DEVICE,
	KEY("type", word, "whose data are asked for", .fallback = "the unit's", FIELD(hw_info), .words = info_words),
	KEY("dirty", tristate, "whether its tables could say which pages were written", .fallback = "not compared",
	    FIELD(says_dirty)),
	KEY("ats", tristate, "whether ATS can be used", .fallback = "not compared", FIELD(says_ats)),
	KEY("pasid-bits", count, "how many there should be", .fallback = "not compared", FIELD(count),
	    GIVEN(count_given), .high = 20),
	KEYS_END,
};

const struct key_row vfio_ioas_keys[] = {
	KEY("what", word, "ask, say or forget which it is", .required = true, FIELD(compat), .words = compat_words),
	KEY("space", result, "the space that it is to be, or should be", .fallback = "none", FIELD(space),
	    GIVEN(space_given), .mask = RESULT_SPACE),
	KEYS_END,
};

const struct key_row vfio_set_iommu_keys[] = {
	KEY("type", word, "which of VFIO's IOMMU types", .required = true, FIELD(vfio_type), .words = vfio_words),
	KEYS_END,
};

const struct key_row vfio_map_keys[] = {
	KEY("at", address, "I/O virtual address", .required = true, FIELD(at)),
	KEY("to", target, "memory", .required = true, FIELD(to), .mask = MEMORY),
	KEY("size", number, "bytes", .fallback = "what is left of the object", FIELD(bytes), .low = 1,
	    .high = MAX_BYTES),
	KEY("access", word, "which accesses", .fallback = "read-write", FIELD(access), GIVEN(access_given),
	    .words = access_words),
	KEYS_END,
};

const struct key_row vfio_unmap_keys[] = {
	KEY("at", address, "I/O virtual address", .fallback = "0", FIELD(at), GIVEN(at_given)),
	KEY("size", number, "bytes", .fallback = "0", FIELD(bytes), .high = MAX_BYTES),
	KEY("all", truth, "everything that is mapped", .fallback = "false", FIELD(all)),
	KEYS_END,
};

/* --- which of them go together --- */

bool check_hwpt_alloc(struct loader *loader, const struct node *value, struct operands *with)
{
	if (with->space_given == with->object_given)
		return fail(loader, value, "space or viommu", with->space_given ? "both" : "a page table of nothing");
	return !with->root_given || !with->root.offset ||
	       fail_value(loader, node_get(value, "root"), "root", "a whole object: no +NUMBER");
}

bool check_option(struct loader *loader, const struct node *value, struct operands *with)
{
	return with->set_given != with->get_given ||
	       fail(loader, value, "set or get", with->set_given ? "both" : "neither");
}

bool check_hwpt_invalidate(struct loader *loader, const struct node *value, struct operands *with)
{
	if (with->space_given == with->object_given)
		return fail(loader, value, "space or viommu", with->space_given ? "both" : "invalidations of nothing");
	return !with->entries_of || with->object_given ||
	       fail(loader, node_get(value, "what"), "range", "a page table knows no devices");
}

bool check_dirty_bitmap(struct loader *loader, const struct node *value, struct operands *with)
{
	uint64_t bytes = with->bytes ? with->bytes : 4096, page = with->page_bytes_given ? with->page_bytes : 4096;

	if (page & (page - 1))
		return fail_value(loader, node_get(value, "page-size"), "page-size", "a power of 2, or 0");
	return !page || bytes / page <= MAX_BITS ||
	       fail_value(loader, node_get(value, "size"), "size", "at most 4096 times 'page-size'");
}

bool check_vfio_ioas(struct loader *loader, const struct node *value, struct operands *with)
{
	static const char *const needs[] = {NULL, "'set' without a space", NULL};

	if (needs[with->compat] && !with->space_given)
		return fail(loader, value, "space", "%s", needs[with->compat]);
	return with->compat != 2 || !with->space_given ||
	       fail(loader, node_get(value, "space"), NULL, "'clear' takes no 'space'");
}
