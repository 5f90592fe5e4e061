/* SPDX-License-Identifier: MIT */
/* The public engine: one IOMMU with its own arena and memory. */
#include "sim/engine.h"

#include "capture/capture.h"
#include "hw/vtd/layout.h"
#include "sim/deviant.h"
#include "sim/walk_step.h"

#include <ioasid-sim/names.h>

#include <string.h>

#define DEFAULT_PAGES   65536u
#define MAX_PAGES       (1u << 20)
#define MIN_ADDRESS_LG2 39u /* see struct iommu_config */
#define MAX_ADDRESS_LG2 52u

struct iosim_capture {
	struct capture *files;
};

iosim_capture *iosim_capture_open(const char *folder, GError **error)
{
	struct capture *files = capture_open_folder(folder, error);
	iosim_capture *capture = files ? g_new(iosim_capture, 1) : NULL;

	if (capture)
		capture->files = files;
	return capture;
}

iosim_capture *iosim_capture_open_memory(const char *memory, gboolean raw, guint64 base, const char *registers,
					 GError **error)
{
	struct capture *files = capture_open_files(memory, raw, base, registers, error);
	iosim_capture *capture = files ? g_new(iosim_capture, 1) : NULL;

	if (capture)
		capture->files = files;
	return capture;
}

void iosim_capture_free(iosim_capture *capture)
{
	if (!capture)
		return;
	capture_free(capture->files);
	g_free(capture);
}

const char *iosim_capture_iommu(const iosim_capture *capture)
{
	return capture->files->iommu;
}

static const struct iommu_ops *find_ops(const char *name, GError **error)
{
	const char *names[IOMMU_KINDS + 1] = {NULL};
	const char *nearest;
	g_autofree char *list = NULL;
	unsigned count = 0;

	for (unsigned kind = 0; kind < IOMMU_KINDS; kind++) {
		const struct iommu_ops *ops = iommu_ops_of((enum iommu_kind)kind);

		if (ops && strcmp(ops->name, name) == 0)
			return ops;
		if (ops)
			names[count++] = ops->name;
	}
	nearest = iosim_nearest_name(name, names);
	list = g_strjoinv(", ", (char **)(void *)names);
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "there is no engine for an IOMMU '%s'%s%s; there are: %s",
		    name, nearest ? ", did you mean " : "", nearest ? nearest : "", list);
	return NULL;
}

/* The value of a register, put together from what is given of it; 0 if nothing is. */
static uint64_t given_value(const iosim_register *registers, gsize count, uint32_t offset)
{
	uint64_t value = 0;

	for (gsize i = 0; i < count; i++) {
		if (registers[i].offset == offset)
			value = registers[i].bytes == 8 ? registers[i].value
							: (value & ~(uint64_t)UINT32_MAX) | registers[i].value;
		else if (registers[i].offset == offset + 4 && registers[i].bytes == 4)
			value = (value & UINT32_MAX) | registers[i].value << 32;
	}
	return value;
}

static bool read_vtd(struct iommu_config *config, const iosim_register *registers, gsize count, GError **error)
{
	config->id[0] = given_value(registers, count, VTD_REG_CAP);
	config->id[1] = given_value(registers, count, VTD_REG_ECAP);
	/* The register says one less (11.4.2). */
	config->address_width = (unsigned)VTD_CAP_MGAW(&config->id[0]) + 1;
	if (config->address_width >= MIN_ADDRESS_LG2 && config->address_width <= MAX_ADDRESS_LG2)
		return true;
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
		    "the capability registers: expected an address width of %u to %u bits, found %u", MIN_ADDRESS_LG2,
		    MAX_ADDRESS_LG2, config->address_width);
	return false;
}

static bool read_smmu(struct iommu_config *config, const iosim_register *registers, gsize count, GError **error)
{
	/* IDR0 to AIDR, two to a word, as they lie in the register page. */
	for (unsigned i = 0; i < G_N_ELEMENTS(config->id); i++)
		config->id[i] = given_value(registers, count, i * 8);
	if (config->id[0] != 0)
		return true;
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
		    "the identification registers: IDR0 and IDR1 are not given");
	return false;
}

/* What the capability registers say, by the kind's own specification. */
static bool read_capabilities(struct iommu_config *config, enum iommu_kind kind, const iosim_register *registers,
			      gsize count, GError **error)
{
	return kind == IOMMU_VTD ? read_vtd(config, registers, count, error)
				 : read_smmu(config, registers, count, error);
}

static bool check_registers(const iosim_register *registers, gsize count, GError **error)
{
	for (gsize i = 0; i < count; i++) {
		const iosim_register *row = &registers[i];

		if ((row->bytes == 4 || row->bytes == 8) && row->offset % row->bytes == 0 &&
		    (row->bytes == 8 || row->value <= UINT32_MAX))
			continue;
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
			    "register at offset 0x%x: expected 4 or 8 bytes, aligned, and a value that fits",
			    row->offset);
		return false;
	}
	return true;
}

void engine_load_registers(const iosim_engine *engine, struct iommu *unit)
{
	for (gsize i = 0; i < engine->register_count; i++)
		engine->ops->load_register(unit, engine->registers[i].offset, engine->registers[i].bytes,
					   engine->registers[i].value);
}

static iosim_engine *engine_new(const char *iommu, uint64_t registers_pa, const iosim_register *registers, gsize count,
				const iosim_engine_options *options, GError **error)
{
	const struct iommu_ops *ops = find_ops(iommu, error);
	struct iommu_config config = {.registers_pa = registers_pa, .compat_qemu = options && options->compat_qemu};
	guint pages = options && options->max_pages ? options->max_pages : DEFAULT_PAGES;
	iosim_engine *engine;

	if (!ops || !check_registers(registers, count, error) ||
	    !read_capabilities(&config, ops->kind, registers, count, error))
		return NULL;
	if (pages > MAX_PAGES) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "expected at most %u pages, found %u", MAX_PAGES,
			    pages);
		return NULL;
	}
	engine = g_new0(iosim_engine, 1);
	engine->ops = ops;
	engine->config = config;
	engine->arena = arena_new();
	engine->memory = memory_new(engine->arena, pages);
	engine->unit = ops->create(engine->arena, engine->memory, &config);
	engine->register_count = count;
	engine->registers = g_memdup2(registers, count * sizeof(registers[0]));
	engine_load_registers(engine, engine->unit);
	return engine;
}

iosim_engine *iosim_engine_new(const char *iommu, const iosim_register *registers, gsize count,
			       const iosim_engine_options *options, GError **error)
{
	return engine_new(iommu, 0, registers, count, options, error);
}

void iosim_engine_free(iosim_engine *engine)
{
	if (!engine)
		return;
	deviants_free(engine);
	engine->ops->destroy(engine->unit);
	memory_free(engine->memory);
	arena_free(engine->arena);
	g_free(engine->registers);
	g_free(engine);
}

static bool no_room(guint64 pa, const char *why, GError **error)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "memory at 0x%" G_GINT64_MODIFIER "x: %s", pa, why);
	return false;
}

/* Pages of zeros need no frame. */
static bool is_zero(const uint8_t *data, gsize bytes)
{
	return bytes == 0 || (data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0);
}

gboolean iosim_engine_put_memory(iosim_engine *engine, guint64 pa, const void *data, gsize data_bytes, guint64 bytes,
				 GError **error)
{
	if (bytes == 0 || data_bytes > bytes || pa > CAPTURE_MAX_PA || bytes - 1 > CAPTURE_MAX_PA - pa)
		return no_room(pa, "it is empty, shorter than its data, or reaches beyond 52 bits of address", error);
	if (!memory_add_ram(engine->memory, pa, pa + (bytes - 1)))
		return no_room(pa, "too many separate ranges", error);
	for (gsize done = 0; done < data_bytes;) {
		const uint8_t *piece = (const uint8_t *)data + done;
		gsize length = MIN(data_bytes - done, FRAME_BYTES - (pa + done) % FRAME_BYTES);

		if ((!is_zero(piece, length) || memory_frame(engine->memory, (pa + done) >> FRAME_LG2)) &&
		    !memory_write(engine->memory, pa + done, piece, length))
			return no_room(pa + done, "more pages than the engine was made for", error);
		done += length;
	}
	return true;
}

/* Frames for all pages that the files store, as far as there can be so many. */
static guint pages_of(const struct capture *files)
{
	uint64_t pages = 1;

	for (guint i = 0; i < files->ranges->len; i++)
		pages += g_array_index(files->ranges, struct capture_range, i).data_bytes / FRAME_BYTES + 2;
	return (guint)MIN(pages, MAX_PAGES);
}

iosim_engine *iosim_engine_new_from_capture(const iosim_capture *capture, const iosim_engine_options *options,
					    GError **error)
{
	const struct capture *files = capture->files;
	g_autofree iosim_register *registers = g_new(iosim_register, MAX(files->registers->len, 1));
	iosim_engine_options sized = {.compat_qemu = options && options->compat_qemu, .max_pages = pages_of(files)};
	g_autoptr(iosim_engine) engine = NULL;

	for (guint i = 0; i < files->registers->len; i++) {
		const struct capture_register *row = &g_array_index(files->registers, struct capture_register, i);

		registers[i] = (iosim_register){.offset = row->offset, .bytes = row->bytes, .value = row->value};
	}
	engine = engine_new(files->iommu, files->registers_pa, registers, files->registers->len, &sized, error);
	for (guint i = 0; engine && i < files->ranges->len; i++) {
		const struct capture_range *range = &g_array_index(files->ranges, struct capture_range, i);

		if (!iosim_engine_put_memory(engine, range->first, range->data, range->data_bytes, range->bytes, error))
			return NULL;
	}
	return g_steal_pointer(&engine);
}

struct request engine_bus_request(const iosim_request *request)
{
	return (struct request){
		.address = request->iova,
		.bytes = 1,
		.stream = request->stream,
		.rid = (uint16_t)request->stream,
		.pasid = PASID_NONE,
		.at = AT_UNTRANSLATED,
		.op = request->write ? REQUEST_WRITE : REQUEST_READ,
		.device = MACHINE_NONE,
	};
}

void engine_public_answer(const iosim_engine *engine, const struct translation *translation, iosim_answer *answer)
{
	*answer = (iosim_answer){.outcome = IOSIM_FAULTED, .pass_through = translation->pass_through};
	if (translation->lost) {
		answer->outcome = IOSIM_LOST;
		answer->lost_pa = translation->lost_pa;
	} else if (translation->result == TRANSLATE_OK) {
		answer->outcome = IOSIM_TRANSLATED;
		answer->pa = translation->pa;
		answer->page_bytes = translation->page_lg2 ? UINT64_C(1) << translation->page_lg2 : 0;
		answer->level = translation->level;
	} else if (translation->result == TRANSLATE_INTERRUPT) {
		answer->outcome = IOSIM_INTERRUPT;
	} else {
		answer->fault = translation->fault;
		answer->recorded = translation->recorded;
		memcpy(answer->record, translation->record, sizeof(answer->record));
		answer->fault_name = engine->ops->fault_name(translation->fault);
		answer->fault_section = engine->ops->fault_section(translation->fault);
	}
}

void iosim_engine_translate(iosim_engine *engine, const iosim_request *request, iosim_answer *answer)
{
	struct request asked = engine_bus_request(request);
	struct translation translation = {.pa = 0};

	engine->ops->translate(engine->unit, &asked, &translation);
	engine_public_answer(engine, &translation, answer);
}

struct explanation {
	iosim_walk_fn seen;
	gpointer data;
};

static void pass_on(void *context, const struct walk_step *step)
{
	const struct explanation *explanation = context;
	iosim_field fields[WALK_STEP_MAX_FIELDS];
	iosim_walk_step decoded;

	if (!explanation->seen)
		return;
	walk_step_decode(step, fields, &decoded);
	explanation->seen(&decoded, explanation->data);
}

void iosim_engine_explain(iosim_engine *engine, const iosim_request *request, iosim_walk_fn seen, gpointer data,
			  iosim_answer *answer)
{
	struct request asked = engine_bus_request(request);
	struct explanation explanation = {.seen = seen, .data = data};
	struct translation translation = {.pa = 0};

	engine->ops->explain(engine->unit, &asked, pass_on, &explanation, &translation);
	engine_public_answer(engine, &translation, answer);
}
