/* SPDX-License-Identifier: MIT */
#include "settings/store.h"
