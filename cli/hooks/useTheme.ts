import { createContext, useContext } from 'react';
import { themeOf, type Theme } from '../theme.js';

export const ThemeContext = createContext<Theme>(themeOf({ colour: true, ascii: false }));

/** How things look on this screen. */
export const useTheme = (): Theme => useContext(ThemeContext);
