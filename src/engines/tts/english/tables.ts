import type { WordTables } from '../hibari/normalize.js';

/** What English abbreviations, units and signs are read as. */
export const TABLES: WordTables = {
  months: {
    jan: 'January', feb: 'February', mar: 'March', apr: 'April', may: 'May', jun: 'June',
    jul: 'July', aug: 'August', sep: 'September', oct: 'October', nov: 'November', dec: 'December',
  },
  titles: {
    Mr: 'Mister', Mrs: 'Missus', Ms: 'Miz', Dr: 'Doctor', Prof: 'Professor', St: 'Saint', Mt: 'Mount', Gen: 'General', Gov: 'Governor', Sen: 'Senator',
    Rep: 'Representative', Capt: 'Captain', Lt: 'Lieutenant', Col: 'Colonel', Sgt: 'Sergeant', Rev: 'Reverend',
  },
  abbreviations: {
    'Jr.': 'Junior', 'Sr.': 'Senior', 'St.': 'Street', 'Ave.': 'Avenue', 'Blvd.': 'Boulevard', 'Rd.': 'Road', 'Apt.': 'Apartment',
    'Ltd.': 'Limited', 'Inc.': 'Incorporated', 'Corp.': 'Corporation', 'Dept.': 'Department', 'approx.': 'approximately',
    'vs.': 'versus', 'vs': 'versus', 'vol.': 'volume', 'Vol.': 'Volume', 'Fig.': 'Figure', 'Ch.': 'Chapter', 'pp.': 'pages',
    'cf.': 'compare', 'e.g.': 'for example', 'i.e.': 'that is', 'etc.': 'et cetera', 'w/': 'with', 'w/o': 'without',
    'Jan.': 'January', 'Feb.': 'February', 'Mar.': 'March', 'Apr.': 'April', 'Aug.': 'August', 'Sept.': 'September', 'Sep.': 'September', 'Oct.': 'October', 'Nov.': 'November', 'Dec.': 'December',
    'Mon.': 'Monday', 'Tue.': 'Tuesday', 'Tues.': 'Tuesday', 'Wed.': 'Wednesday', 'Thu.': 'Thursday', 'Thurs.': 'Thursday', 'Fri.': 'Friday',
  },
  units: {
    'km': ['kilometer', 'kilometers'], 'cm': ['centimeter', 'centimeters'], 'mm': ['millimeter', 'millimeters'], 'm': ['meter', 'meters'],
    'km/h': ['kilometer per hour', 'kilometers per hour'], 'kph': ['kilometer per hour', 'kilometers per hour'], 'mph': ['mile per hour', 'miles per hour'], 'm/s': ['meter per second', 'meters per second'],
    'ft': ['foot', 'feet'], 'mi': ['mile', 'miles'], 'yd': ['yard', 'yards'], 'sq ft': ['square foot', 'square feet'], 'km²': ['square kilometer', 'square kilometers'], 'm²': ['square meter', 'square meters'],
    'kg': ['kilogram', 'kilograms'], 'g': ['gram', 'grams'], 'mg': ['milligram', 'milligrams'], 'lb': ['pound', 'pounds'], 'lbs': ['pound', 'pounds'], 'oz': ['ounce', 'ounces'],
    'l': ['liter', 'liters'], 'L': ['liter', 'liters'], 'ml': ['milliliter', 'milliliters'], 'mL': ['milliliter', 'milliliters'],
    'h': ['hour', 'hours'], 'hr': ['hour', 'hours'], 'hrs': ['hour', 'hours'], 'min': ['minute', 'minutes'], 'mins': ['minute', 'minutes'], 'sec': ['second', 'seconds'], 'secs': ['second', 'seconds'], 'ms': ['millisecond', 'milliseconds'],
    'Hz': ['hertz', 'hertz'], 'kHz': ['kilohertz', 'kilohertz'], 'MHz': ['megahertz', 'megahertz'], 'GHz': ['gigahertz', 'gigahertz'],
    'kB': ['kilobyte', 'kilobytes'], 'KB': ['kilobyte', 'kilobytes'], 'MB': ['megabyte', 'megabytes'], 'GB': ['gigabyte', 'gigabytes'], 'TB': ['terabyte', 'terabytes'], 'Mbps': ['megabit per second', 'megabits per second'],
    'W': ['watt', 'watts'], 'kW': ['kilowatt', 'kilowatts'], 'kWh': ['kilowatt hour', 'kilowatt hours'], 'V': ['volt', 'volts'], 'dB': ['decibel', 'decibels'],
  },
  symbols: {
    '**': 'to the power of', '^': 'to the power of', '=': 'equals', '<': 'less than', '>': 'greater than', '~': 'about', '±': 'plus or minus', '×': 'times', '÷': 'divided by', '≈': 'about', '≤': 'at most', '≥': 'at least',
    '°': 'degrees', '§': 'section', '©': 'copyright', '→': 'to', '½': 'one half', '¼': 'one quarter', '¾': 'three quarters', '²': 'squared', '³': 'cubed', 'µ': 'micro', '&': 'and', '@': 'at', '%': 'percent', '_': '', '|': ', ',
  },
  currency: {
    '$': ['dollar', 'dollars'], '£': ['pound', 'pounds'], '€': ['euro', 'euros'], '¥': ['yen', 'yen'], '₹': ['rupee', 'rupees'], '₩': ['won', 'won'], '¢': ['cent', 'cents'],
    'Rs': ['rupee', 'rupees'], 'USD': ['dollar', 'dollars'], 'EUR': ['euro', 'euros'], 'GBP': ['pound', 'pounds'],
  },
  roman_cardinal: ['Chapter', 'chapter', 'Part', 'part', 'Act', 'Scene', 'Section', 'section', 'Volume', 'volume', 'Book', 'Phase', 'phase', 'Article', 'World War', 'Type', 'type', 'Level', 'Stage', 'Class', 'Super Bowl'],
  roman_ordinal: ['Pope', 'King', 'Queen', 'Henry', 'Louis', 'Edward', 'George', 'William', 'Charles', 'James', 'Richard', 'Elizabeth', 'Napoleon', 'Frederick', 'Philip', 'Alexander', 'Nicholas', 'Catherine'],
};
