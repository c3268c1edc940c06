import { SetMetadata } from '@nestjs/common';
import type { Scope } from '#domain/entities/api-key.entity.js';

export const REQUIRED_SCOPE = 'required_scope';

/** What a key must be allowed to do for this handler. The guard lets nobody into a handler without it. */
export const RequireScope = (scope: Scope) => SetMetadata(REQUIRED_SCOPE, scope);
