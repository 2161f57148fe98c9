/** What only the final account needs: kept beside the machine. */
import type { JsonObject } from '../contract/json.ts';

export interface Account extends JsonObject {}
