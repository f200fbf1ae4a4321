/* SPDX-License-Identifier: MIT */
#include "panel.h"
