/* SPDX-License-Identifier: MIT */
#include "uapi/features.h"

#include <errno.h>

static bool has_unit(const struct uapi *uapi, uint16_t device)
{
	return uapi->devices[device].home != GROUP_NONE && device_unit(uapi, device);
}

/* --- the fabric rule of PASIDs --- */

#define ACS_PASID (ACS_RR | ACS_UF)

/* As pci_acs_path_enabled() asks from the function to the root (Lu Baolu 2022-08-17, 20220817012024.3251276-5). */
static bool path_has(const struct uapi *uapi, uint16_t device, unsigned acs)
{
	const struct machine *machine = uapi->machine;
	const struct machine_device *row = &machine->devices[device];
	uint16_t port = row->port;

	/* Functions have no bits for forwarding and for source validation. */
	if (row->multifunction && (row->acs & acs & (ACS_RR | ACS_CR)) != (acs & (ACS_RR | ACS_CR)))
		return false;
	for (uint32_t hops = 0; port != MACHINE_NONE && hops < machine->port_count; hops++) {
		const struct machine_port *at = &machine->ports[port];
		if (at->kind == PORT_PCI_BRIDGE)
			return false;
		if (at->kind != PORT_SWITCH && (at->acs & acs) != acs)
			return false;
		port = at->parent;
	}
	return true;
}

bool features_path_redirects(const struct uapi *uapi, uint16_t device)
{
	return path_has(uapi, device, ACS_PASID);
}

/* Whose capability it is: VFs have none of their own and share their PF's (PCIe 9.3.7). */
static uint16_t pasid_function(const struct machine *machine, uint16_t device)
{
	uint16_t function = machine_function(machine, device);

	return machine->devices[function].kind == DEVICE_VF ? machine->devices[function].parent : function;
}

int features_pasid_rule(const struct uapi *uapi, uint16_t device)
{
	uint16_t function = pasid_function(uapi->machine, device);
	const struct machine_device *row = &uapi->machine->devices[function];

	if (!row->pasid_bits)
		return -EINVAL;
	if (row->kind == DEVICE_PLATFORM)
		return 0;
	switch (uapi->rules.value[KNOB_PASID_FABRIC_RULE]) {
	case PASID_FABRIC_ACS_REQUIRED:
		break;
	case PASID_FABRIC_TRANSLATED_ONLY_PROMISE: /* Lu Baolu 2023-01-12, 20230112084629.737653-1 */
		if (row->ats)
			return 0;
		break;
	default:
		return 0;
	}
	return path_has(uapi, function, ACS_PASID) ? 0 : -EINVAL;
}

unsigned features_pasid_bits(const struct uapi *uapi, uint16_t device)
{
	unsigned bits = uapi->machine->devices[pasid_function(uapi->machine, device)].pasid_bits;
	struct driver *driver = has_unit(uapi, device) ? device_unit(uapi, device) : NULL;
	struct driver_abilities unit;

	if (!driver)
		return bits;
	driver->ops->abilities(driver, &unit);
	return bits < unit.pasid_lg2 ? bits : unit.pasid_lg2;
}

bool features_pasid_fits(const struct uapi *uapi, uint16_t device, uint32_t pasid)
{
	for (uint32_t i = 0; i < uapi->machine->device_count; i++) {
		bool member = i == device || uapi->devices[i].group == uapi->devices[device].group;
		unsigned bits = member ? features_pasid_bits(uapi, (uint16_t)i) : 0;

		if (bits && pasid >> bits)
			return false;
	}
	return true;
}

/* Whatever is plugged in anywhere (Lu Baolu 2022-04-10, 20220410102443.294128-3). */
bool features_group_cannot_grow(const struct uapi *uapi, uint16_t device)
{
	uint16_t function = pasid_function(uapi->machine, device);

	return uapi->machine->devices[function].kind == DEVICE_PLATFORM ||
	       path_has(uapi, function, ACS_SV | ACS_RR | ACS_CR | ACS_UF);
}

/* --- placing --- */

static void add(struct uapi *uapi, uint16_t device, enum endpoint_feature feature)
{
	struct driver *driver = device_unit(uapi, device);
	uint32_t stream = uapi->machine->devices[device].stream;

	driver->ops->set_features(driver, stream, driver->ops->features(driver, stream) | feature);
}

static unsigned features_of(const struct uapi *uapi, uint16_t device)
{
	struct driver *driver = has_unit(uapi, device) ? device_unit(uapi, device) : NULL;

	return driver && driver->ops->features ? driver->ops->features(driver, uapi->machine->devices[device].stream)
					       : 0;
}

bool features_have(const struct uapi *uapi, uint16_t device, enum endpoint_feature feature)
{
	return features_of(uapi, device) & feature;
}

bool features_could_ats(const struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];

	return row->ats && row->trusted && row->kind != DEVICE_PLATFORM;
}

/* The unit is made ready for them whatever pci_enable_pasid() says; at the endpoint they stay off then. */
static bool pasids_by_capability(const struct uapi *uapi, uint16_t device)
{
	return uapi->rules.value[KNOB_PASID_ATTACH_CHECKS] == PASID_ATTACH_TRUSTS &&
	       uapi->machine->devices[pasid_function(uapi->machine, device)].pasid_bits;
}

bool uapi_pasid_permitted(const struct uapi *uapi, uint16_t device)
{
	return features_pasid_rule(uapi, device) == 0;
}

void features_place(struct uapi *uapi, uint16_t device)
{
	if (!has_unit(uapi, device) || !device_unit(uapi, device)->ops->set_features)
		return;
	/* PASID before ATS: its enable may not change while ATS is on (PCIe 10.5.1.3). */
	if (features_pasid_rule(uapi, device) == 0 || pasids_by_capability(uapi, device))
		add(uapi, device, FEATURE_PASID);
	if (features_could_ats(uapi, device))
		add(uapi, device, FEATURE_ATS);
}

#define FEATURES_FAULTS (FEATURE_PRI | FEATURE_STALL)

bool features_have_faults(const struct uapi *uapi, uint16_t device)
{
	return features_of(uapi, device) & FEATURES_FAULTS;
}

bool features_want_faults(struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];
	unsigned before = features_of(uapi, device);

	if (before & FEATURES_FAULTS)
		return false;
	if (row->kind == DEVICE_PLATFORM)
		add(uapi, device, FEATURE_STALL);
	else if (row->pri && before & FEATURE_ATS)
		add(uapi, device, FEATURE_PRI);
	return features_of(uapi, device) != before;
}

/* PRI is the physical function's, whose requests are its VFs' too (iommufd_hwpt_compatible_device()). */
static bool shares_pri(const struct uapi *uapi, uint16_t device)
{
	const struct machine_device *row = &uapi->machine->devices[device];

	return row->kind == DEVICE_VF && (row->pri || uapi->machine->devices[row->parent].pri);
}

int features_queue_faults(struct uapi *uapi, uint16_t device, bool *wanted)
{
	*wanted = false;
	if (uapi->front->objects && shares_pri(uapi, device))
		return -EINVAL;
	*wanted = features_want_faults(uapi, device);
	/* VT-d: intel_iommu_enable_iopf(). To arm_smmu_enable_iopf() faults may well be the device driver's affair. */
	return features_have_faults(uapi, device) || device_unit(uapi, device)->ops->kind != IOMMU_VTD ? 0 : -ENODEV;
}

static void keep_only(struct uapi *uapi, uint16_t device, unsigned kept)
{
	unsigned features = features_of(uapi, device);
	struct driver *driver = device_unit(uapi, device);

	if (features & ~kept)
		driver->ops->set_features(driver, uapi->machine->devices[device].stream, features & kept);
}

void features_drop_faults(struct uapi *uapi, uint16_t device)
{
	keep_only(uapi, device, ~(unsigned)FEATURES_FAULTS);
}

void features_leave(struct uapi *uapi, uint16_t device)
{
	keep_only(uapi, device, 0);
}

/* --- interrupts --- */

static bool is_arm(const struct uapi *uapi, uint16_t unit)
{
	return uapi->drivers[unit] && uapi->drivers[unit]->ops->kind == IOMMU_SMMUV3;
}

/*
 * Where the device sees the doorbell: at the window in which the kernel maps it, or as it is where nothing translates.
 * Asked for when a message is sent: drivers and users have their vectors written anew when they have attached a device.
 */
static uint64_t doorbell_seen(const struct uapi *uapi, uint16_t device)
{
	const struct uapi_platform *platform = &uapi->platform;
	uint64_t doorbell = platform->doorbell(platform->context);
	struct driver *driver = device_unit(uapi, device);
	domain_handle domain = driver->ops->attached(driver, uapi->machine->devices[device].stream);

	if (!domain || driver->ops->domain_type(driver, domain) == DOMAIN_IDENTITY)
		return doorbell;
	return LAYOUT_SOFTWARE_MSI_FIRST | (doorbell & (UNIT_PAGE_BYTES - 1));
}

static int open_vector(struct uapi *uapi, uint16_t device, uint32_t index, struct msi_message *message)
{
	const struct uapi_platform *platform = &uapi->platform;
	uint32_t destination = 0;
	uint8_t vector = 0;

	if (!platform->msi_identity || !platform->msi_identity(platform->context, device, index, &vector, &destination))
		return -ENOSPC;
	if (has_unit(uapi, device) && is_arm(uapi, uapi->machine->devices[device].iommu)) {
		platform->msi_route(platform->context, device, index, true);
		*message = (struct msi_message){.data = index};
		return 0;
	}
	/* Compatibility format: destination in bits 19:12 (Intel SDM 3A 12.11.1). */
	*message = (struct msi_message){.address = LAYOUT_MSI_FIRST | (uint64_t)(destination & 0xff) << 12,
					.data = vector};
	struct driver *driver = has_unit(uapi, device) ? device_unit(uapi, device) : NULL;
	if (!driver || !driver->ops->interrupt_map)
		return 0;
	return driver->ops->interrupt_map(driver, uapi->machine->devices[device].stream, index, vector, destination,
					  message);
}

/* The device's messages in the table of all. */
static struct uapi_vector *vectors_of(const struct uapi *uapi, uint16_t device)
{
	return uapi->vectors + uapi->first_vector[device];
}

void interrupts_open(struct uapi *uapi, uint16_t device)
{
	struct uapi_vector *vectors = vectors_of(uapi, device);

	for (uint32_t i = 0; i < uapi->machine->devices[device].vectors; i++) {
		struct msi_message message;
		if (open_vector(uapi, device, i, &message) == 0)
			vectors[i] =
				(struct uapi_vector){.address = message.address, .data = message.data, .open = true};
	}
}

void interrupts_close(struct uapi *uapi, uint16_t device)
{
	struct uapi_vector *vectors = vectors_of(uapi, device);
	struct driver *driver = has_unit(uapi, device) ? device_unit(uapi, device) : NULL;

	for (uint32_t i = 0; i < uapi->machine->devices[device].vectors; i++) {
		if (!vectors[i].open)
			continue;
		vectors[i] = (struct uapi_vector){.open = false};
		if (driver && is_arm(uapi, uapi->machine->devices[device].iommu))
			uapi->platform.msi_route(uapi->platform.context, device, i, false);
		else if (driver && driver->ops->interrupt_unmap)
			driver->ops->interrupt_unmap(driver, uapi->machine->devices[device].stream, i);
	}
}

int interrupts_doorbell_map(struct uapi *uapi, uint16_t unit, domain_handle domain)
{
	const struct uapi_platform *platform = &uapi->platform;
	struct driver *driver = uapi->drivers[unit];

	if (!is_arm(uapi, unit) || !platform->doorbell || !uapi->vector_count)
		return 0;
	return driver->ops->map(driver, domain, LAYOUT_SOFTWARE_MSI_FIRST,
				platform->doorbell(platform->context) & ~(UNIT_PAGE_BYTES - 1), UNIT_PAGE_BYTES,
				UAPI_WRITE);
}

bool uapi_msi_message(const struct uapi *uapi, uint16_t device, uint32_t index, struct msi_message *message)
{
	IOSIM_ASSERT(device < uapi->machine->device_count && index < uapi->machine->devices[device].vectors);
	const struct uapi_vector *vector = &vectors_of(uapi, device)[index];

	*message = (struct msi_message){.address = vector->address, .data = vector->data};
	if (vector->open && has_unit(uapi, device) && is_arm(uapi, uapi->machine->devices[device].iommu))
		message->address = doorbell_seen(uapi, device);
	return vector->open;
}

int uapi_pasid_enable(struct uapi *uapi, uint16_t device)
{
	int error = uapi_enter_device(uapi, device);

	if (error)
		return error;
	error = features_pasid_rule(uapi, device);
	if (error)
		return error;
	features_place(uapi, device);
	return features_have(uapi, device, FEATURE_PASID) ? 0 : -ENODEV;
}
