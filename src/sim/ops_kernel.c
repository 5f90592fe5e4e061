/* SPDX-License-Identifier: MIT */
/* Operations of whoever runs the kernel: what its DMA API is made of. */
#include "sim/step.h"

/* Nobody's intent: the model is not told. */
void op_domain_type(struct step_run *run)
{
	static const uint8_t types[] = {[DMA_TYPE_STRICT] = KERNEL_DMA_STRICT,
					[DMA_TYPE_LAZY] = KERNEL_DMA_LAZY,
					[DMA_TYPE_IDENTITY] = KERNEL_DMA_IDENTITY};

	step_returned(run, uapi_domain_type(run->world->uapi, run->with->device, types[run->with->dma_type]));
}
