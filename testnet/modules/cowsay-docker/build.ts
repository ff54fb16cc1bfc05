/**
 * Builds the image of the Docker cowsay: Debian's own perl and cowsay, and the few files that they read. The archive lies
 * beside module.json and is not committed.
 *
 * @example node testnet/modules/cowsay-docker/build.ts
 */
import { rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type ImageArchive, makeImage } from '../../../node/host/run/docker/image.ts'
import { debianFiles } from '../../image/debian.ts'

const ARCH = 'x86_64-linux-gnu'

/** What module.json names as its entrypoint. */
export const ARCHIVE = fileURLToPath(new URL('./cowsay.tar', import.meta.url))

/** The image, from the packages that the machine's apt offers. */
export async function buildCowsayImage(): Promise<ImageArchive> {
  const files = await debianFiles({
    'perl-base': { except: ['usr/bin/perl5.36-x86_64-linux-gnu'] },
    'perl-modules-5.36': { only: ['usr/share/perl/5.36', 'usr/share/perl/5.36.0/Getopt/Std.pm'] },
    'libtext-charwidth-perl': {},
    cowsay: { only: ['usr/games/cowsay', 'usr/share/cowsay/cows/default.cow'] },
    libcrypt1: {},
    libc6: { except: ['etc', `usr/lib/${ARCH}/gconv`, 'usr/lib/locale'] }
  })
  return makeImage(files, { entrypoint: ['/usr/bin/perl', '/usr/games/cowsay'] })
}

/** Builds the archive beside module.json. @returns its path and the image's id */
export async function buildCowsayArchive(): Promise<{ readonly path: string; readonly id: string }> {
  const { id, archive } = await buildCowsayImage()
  // Whole or not at all: several tests may build it at once.
  const partial = ARCHIVE.replace(/\.tar$/, `.${process.pid}.tar`)
  await writeFile(partial, archive)
  await rename(partial, ARCHIVE)
  return { path: ARCHIVE, id }
}

if (import.meta.main) console.log(await buildCowsayArchive())
