import { serviceBundle } from '@org/service/build';

export default serviceBundle();
