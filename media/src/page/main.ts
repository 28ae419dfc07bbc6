/** The browser side: takes a report from the page or from the panel's host, shows it, and answers the reader. */
import { start } from './page.ts'

start(document.getElementById('page')!)
