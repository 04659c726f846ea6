/**
 * The settings of managed login that a style starts from. Source: the example of `update-managed-login-branding` in the
 * AWS CLI's repository, the only complete one that is public. Colours are RGBA in hex.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Document = { readonly [key: string]: Json }

/** Keys without modes: path, value. */
const plain: Readonly<Record<string, Json>> = {
  'categories.auth.authMethodOrder': [
    [
      { display: 'BUTTON', type: 'FEDERATED' },
      { display: 'INPUT', type: 'USERNAME_PASSWORD' },
    ],
  ],
  'categories.auth.federation.interfaceStyle': 'BUTTON_LIST',
  'categories.auth.federation.order': [],
  'categories.form.displayGraphics': true,
  'categories.form.instructions.enabled': false,
  'categories.form.languageSelector.enabled': false,
  'categories.form.location.horizontal': 'CENTER',
  'categories.form.location.vertical': 'CENTER',
  'categories.form.sessionTimerDisplay': 'NONE',
  'categories.global.colorSchemeMode': 'LIGHT',
  'categories.global.pageFooter.enabled': false,
  'categories.global.pageHeader.enabled': false,
  'categories.global.spacingDensity': 'REGULAR',
  'categories.signUp.acceptanceElements': [{ enforcement: 'NONE', textKey: 'en' }],
  'componentClasses.buttons.borderRadius': 8,
  'componentClasses.dropDown.borderRadius': 8,
  'componentClasses.idpButtons.icons.enabled': true,
  'componentClasses.input.borderRadius': 8,
  'components.alert.borderRadius': 12,
  'components.favicon.enabledTypes': ['ICO', 'SVG'],
  'components.form.backgroundImage.enabled': false,
  'components.form.borderRadius': 8,
  'components.form.logo.enabled': false,
  'components.form.logo.formInclusion': 'IN',
  'components.form.logo.location': 'CENTER',
  'components.form.logo.position': 'TOP',
  'components.idpButton.custom': {},
  'components.pageBackground.image.enabled': true,
  'components.pageFooter.backgroundImage.enabled': false,
  'components.pageFooter.logo.enabled': false,
  'components.pageFooter.logo.location': 'START',
  'components.pageHeader.backgroundImage.enabled': false,
  'components.pageHeader.logo.enabled': false,
  'components.pageHeader.logo.location': 'START',
  'components.phoneNumberSelector.displayType': 'TEXT',
}

/** Keys with modes: `{mode}` becomes `lightMode` and `darkMode`. */
const moded: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  'componentClasses.divider.{mode}.borderColor': ['ebebf0ff', '232b37ff'],
  'componentClasses.dropDown.{mode}.defaults.itemBackgroundColor': ['ffffffff', '192534ff'],
  'componentClasses.dropDown.{mode}.hover.itemBackgroundColor': ['f4f4f4ff', '081120ff'],
  'componentClasses.dropDown.{mode}.hover.itemBorderColor': ['7d8998ff', '5f6b7aff'],
  'componentClasses.dropDown.{mode}.hover.itemTextColor': ['000716ff', 'e9ebedff'],
  'componentClasses.dropDown.{mode}.match.itemBackgroundColor': ['414d5cff', 'd1d5dbff'],
  'componentClasses.dropDown.{mode}.match.itemTextColor': ['0972d3ff', '89bdeeff'],
  'componentClasses.focusState.{mode}.borderColor': ['0972d3ff', '539fe5ff'],
  'componentClasses.input.{mode}.defaults.backgroundColor': ['ffffffff', '0f1b2aff'],
  'componentClasses.input.{mode}.defaults.borderColor': ['7d8998ff', '5f6b7aff'],
  'componentClasses.input.{mode}.placeholderColor': ['5f6b7aff', '8d99a8ff'],
  'componentClasses.inputDescription.{mode}.textColor': ['5f6b7aff', '8d99a8ff'],
  'componentClasses.inputLabel.{mode}.textColor': ['000716ff', 'd1d5dbff'],
  'componentClasses.link.{mode}.defaults.textColor': ['0972d3ff', '539fe5ff'],
  'componentClasses.link.{mode}.hover.textColor': ['033160ff', '89bdeeff'],
  'componentClasses.optionControls.{mode}.defaults.backgroundColor': ['ffffffff', '0f1b2aff'],
  'componentClasses.optionControls.{mode}.defaults.borderColor': ['7d8998ff', '7d8998ff'],
  'componentClasses.optionControls.{mode}.selected.backgroundColor': ['0972d3ff', '539fe5ff'],
  'componentClasses.optionControls.{mode}.selected.foregroundColor': ['ffffffff', '000716ff'],
  'componentClasses.statusIndicator.{mode}.error.backgroundColor': ['fff7f7ff', '1a0000ff'],
  'componentClasses.statusIndicator.{mode}.error.borderColor': ['d91515ff', 'eb6f6fff'],
  'componentClasses.statusIndicator.{mode}.error.indicatorColor': ['d91515ff', 'eb6f6fff'],
  'componentClasses.statusIndicator.{mode}.pending.indicatorColor': ['AAAAAAAA', 'AAAAAAAA'],
  'componentClasses.statusIndicator.{mode}.success.backgroundColor': ['f2fcf3ff', '001a02ff'],
  'componentClasses.statusIndicator.{mode}.success.borderColor': ['037f0cff', '29ad32ff'],
  'componentClasses.statusIndicator.{mode}.success.indicatorColor': ['037f0cff', '29ad32ff'],
  'componentClasses.statusIndicator.{mode}.warning.backgroundColor': ['fffce9ff', '1d1906ff'],
  'componentClasses.statusIndicator.{mode}.warning.borderColor': ['8d6605ff', 'e0ca57ff'],
  'componentClasses.statusIndicator.{mode}.warning.indicatorColor': ['8d6605ff', 'e0ca57ff'],
  'components.alert.{mode}.error.backgroundColor': ['fff7f7ff', '1a0000ff'],
  'components.alert.{mode}.error.borderColor': ['d91515ff', 'eb6f6fff'],
  'components.form.{mode}.backgroundColor': ['ffffffff', '0f1b2aff'],
  'components.form.{mode}.borderColor': ['c6c6cdff', '424650ff'],
  'components.idpButton.standard.{mode}.active.backgroundColor': ['d3e7f9ff', '354150ff'],
  'components.idpButton.standard.{mode}.active.borderColor': ['033160ff', '89bdeeff'],
  'components.idpButton.standard.{mode}.active.textColor': ['033160ff', '89bdeeff'],
  'components.idpButton.standard.{mode}.defaults.backgroundColor': ['ffffffff', '0f1b2aff'],
  'components.idpButton.standard.{mode}.defaults.borderColor': ['424650ff', 'c6c6cdff'],
  'components.idpButton.standard.{mode}.defaults.textColor': ['424650ff', 'c6c6cdff'],
  'components.idpButton.standard.{mode}.hover.backgroundColor': ['f2f8fdff', '192534ff'],
  'components.idpButton.standard.{mode}.hover.borderColor': ['033160ff', '89bdeeff'],
  'components.idpButton.standard.{mode}.hover.textColor': ['033160ff', '89bdeeff'],
  'components.pageBackground.{mode}.color': ['ffffffff', '0f1b2aff'],
  'components.pageFooter.{mode}.background.color': ['fafafaff', '0f141aff'],
  'components.pageFooter.{mode}.borderColor': ['d5dbdbff', '424650ff'],
  'components.pageHeader.{mode}.background.color': ['fafafaff', '0f141aff'],
  'components.pageHeader.{mode}.borderColor': ['d5dbdbff', '424650ff'],
  'components.pageText.{mode}.bodyColor': ['414d5cff', 'b6bec9ff'],
  'components.pageText.{mode}.descriptionColor': ['414d5cff', 'b6bec9ff'],
  'components.pageText.{mode}.headingColor': ['000716ff', 'd1d5dbff'],
  'components.primaryButton.{mode}.active.backgroundColor': ['033160ff', '539fe5ff'],
  'components.primaryButton.{mode}.active.textColor': ['ffffffff', '000716ff'],
  'components.primaryButton.{mode}.defaults.backgroundColor': ['0972d3ff', '539fe5ff'],
  'components.primaryButton.{mode}.defaults.textColor': ['ffffffff', '000716ff'],
  'components.primaryButton.{mode}.disabled.backgroundColor': ['ffffffff', 'ffffffff'],
  'components.primaryButton.{mode}.disabled.borderColor': ['ffffffff', 'ffffffff'],
  'components.primaryButton.{mode}.hover.backgroundColor': ['033160ff', '89bdeeff'],
  'components.primaryButton.{mode}.hover.textColor': ['ffffffff', '000716ff'],
  'components.secondaryButton.{mode}.active.backgroundColor': ['d3e7f9ff', '354150ff'],
  'components.secondaryButton.{mode}.active.borderColor': ['033160ff', '89bdeeff'],
  'components.secondaryButton.{mode}.active.textColor': ['033160ff', '89bdeeff'],
  'components.secondaryButton.{mode}.defaults.backgroundColor': ['ffffffff', '0f1b2aff'],
  'components.secondaryButton.{mode}.defaults.borderColor': ['0972d3ff', '539fe5ff'],
  'components.secondaryButton.{mode}.defaults.textColor': ['0972d3ff', '539fe5ff'],
  'components.secondaryButton.{mode}.hover.backgroundColor': ['f2f8fdff', '192534ff'],
  'components.secondaryButton.{mode}.hover.borderColor': ['033160ff', '89bdeeff'],
  'components.secondaryButton.{mode}.hover.textColor': ['033160ff', '89bdeeff'],
}

type Tree = { [key: string]: Json | Tree }

function put(tree: Tree, path: string, value: Json): void {
  const keys = path.split('.')
  const last = keys.pop() as string
  let at = tree
  for (const key of keys) {
    at[key] ??= {}
    at = at[key] as Tree
  }
  at[last] = value
}

function build(): Document {
  const tree: Tree = {}
  for (const [path, value] of Object.entries(plain)) put(tree, path, value)
  for (const [path, [light, dark]] of Object.entries(moded)) {
    put(tree, path.replace('{mode}', 'lightMode'), light)
    put(tree, path.replace('{mode}', 'darkMode'), dark)
  }
  return tree as Document
}

export const defaultSettings: Document = build()
