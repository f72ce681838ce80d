import { Inject } from '@nestjs/common';

export const SERVICE_CONFIG = Symbol('SERVICE_CONFIG');

/** The validated configuration of this service: `constructor(@InjectConfig() private readonly config: Config)`. */
export function InjectConfig(): ParameterDecorator & PropertyDecorator {
  return Inject(SERVICE_CONFIG);
}
