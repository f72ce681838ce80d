import { Injectable } from '@nestjs/common';
import type { Database } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { type ListQuery, listPage, type Page } from '@org/service';
import { type PackageResponse, toPackage } from './packages.dto.ts';
import { countActivePackages, listActivePackages } from './packages.queries.ts';

@Injectable()
export class PackagesService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** What can be bought now. Throws `invalid_cursor`. */
  list(query: ListQuery): Promise<Page<PackageResponse>> {
    return listPage(query, {
      scope: { list: 'packages' },
      rows: (limit, position) => listActivePackages(this.db, limit, position),
      count: (limit) => countActivePackages(this.db, limit),
      toItem: toPackage,
    });
  }
}
