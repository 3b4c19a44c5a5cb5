import { writeWhole } from '../../files/writeFile.ts';
import type { Built } from './build.ts';
import { pageData } from './pageData.ts';
import { patternPage } from './view/patternPage.ts';

/** Writes a page with pictures of what was built. */
export async function writeReport(built: Built, file: string): Promise<void> {
  await writeWhole(file, patternPage(pageData(built)));
}
