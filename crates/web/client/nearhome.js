// Comfort only: every page works without this script. It moves focus to the error summary, counts characters, and
// opens the extra question under a radio button. Only the components that our pages use are bundled.
import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  FileUpload,
  NotificationBanner,
  PasswordInput,
  Radios,
  SkipLink,
  createAll,
} from 'govuk-frontend'

// The class that the components look for is set here, since inline script is forbidden by our content policy.
document.body.classList.add('js-enabled', 'govuk-frontend-supported')

const components = [Button, CharacterCount, Checkboxes, ErrorSummary, FileUpload, NotificationBanner, PasswordInput]
for (const component of [...components, Radios, SkipLink]) createAll(component)

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}
