/* SPDX-License-Identifier: MIT */
/* A shared object that is no front end. */
int ioasid_sim_something_else;
