/** A look: the style sheet of a client's pages, and the images on them. */
import type { Html } from '../html.ts'

export type Look = {
  readonly css: string
  /** Whether the pages load images, which their policy must then allow. */
  readonly images: boolean
  /** Links to icons, for the head. */
  readonly icons?: Html | undefined
  /** Above and below the card. */
  readonly header?: Html | undefined
  readonly footer?: Html | undefined
  /** Above and below the form, within the card. */
  readonly top?: Html | undefined
  readonly bottom?: Html | undefined
  /** A picture of the style's, by its category; `resource` is the provider that it is for. */
  readonly picture?: ((category: string, resource?: string) => Html | undefined) | undefined
  /** Providers come before the form. */
  readonly providersFirst?: boolean | undefined
}
