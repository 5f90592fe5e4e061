/* SPDX-License-Identifier: MIT */
/* How the public functions are marked: all other symbols of the library are hidden. */
#ifndef IOASID_SIM_API_H
#define IOASID_SIM_API_H

#if defined(__GNUC__)
#define IOSIM_API __attribute__((visibility("default")))
#else
#define IOSIM_API
#endif

#ifdef __cplusplus
#define IOSIM_BEGIN_DECLS extern "C" {
#define IOSIM_END_DECLS   }
#else
#define IOSIM_BEGIN_DECLS
#define IOSIM_END_DECLS
#endif

#endif
