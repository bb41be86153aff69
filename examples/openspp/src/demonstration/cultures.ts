type List = readonly [string, ...string[]];

/** What made-up people of a region are made of. Towns and streets are invented. */
export interface Culture {
  readonly country: string;
  readonly dialling: string;
  readonly family: List;
  readonly female: List;
  readonly male: List;
  readonly states: List;
  readonly towns: List;
  readonly streets: List;
}

const words = (text: string): List => {
  const [first = '', ...rest] = text.split(',').map((word) => word.trim());
  return [first, ...rest];
};

export const cultures: readonly [Culture, ...Culture[]] = [
  {
    country: 'UG',
    dialling: '+256',
    family: words(
      'Okello, Birungi, Nakato, Mugisha, Achieng, Ssali, Tumusiime, Opio, Namara, Byaruhanga, Akello, Kato',
    ),
    female: words('Tessa, Ada, Grace, Amina, Sarah, Joyce, Prossy, Ruth, Esther, Stella, Winnie, Harriet, Lydia'),
    male: words('Juma, Moses, Peter, Isaac, David, Ronald, Simon, Brian, Joseph, Denis, Patrick, Samuel, Emmanuel'),
    states: words('Western Region, Northern Region, Central Region'),
    towns: words('Kasorwe, Lira Falls, Mubanga, Port Anyuru, Kitoma Hill'),
    streets: words('Quarry Lane, Market Road, Mission Road, Lakeside Drive, Old Mill Path'),
  },
  {
    country: 'PH',
    dialling: '+63',
    family: words(
      'Dela Peña, Santos, Reyes, Bautista, Ocampo, Villanueva, Magbanua, Salazar, Lacson, Navarro, Tolentino',
    ),
    female: words('Maria, Liza, Angelica, Rosario, Jasmine, Cristina, Teresita, Luz, Corazon, Imelda, Divina, Marites'),
    male: words('Jose, Ramon, Antonio, Miguel, Rodel, Danilo, Ernesto, Carlo, Benjie, Reynaldo, Arnel, Nestor'),
    states: words('Bicol, Western Visayas, Caraga'),
    towns: words('San Lorenzo Norte, Bagong Ilog, Maliwanag, Santa Brigida, Talon Bay'),
    streets: words('Mabini Street, Rizal Avenue, Sampaguita Street, Purok 4, Riverside Road'),
  },
  {
    country: 'LK',
    dialling: '+94',
    family: words(
      'Perera, Fernando, Jayasuriya, Sivakumar, Wickramage, Nadarajah, Gunasena, Rathnayake, Selvam, Bandara',
    ),
    female: words('Nimali, Kumari, Dilini, Anoma, Tharshini, Sanduni, Malathi, Priyanka, Shanthi, Vasuki, Iresha'),
    male: words('Sunil, Kasun, Ajith, Ruwan, Kumaran, Nuwan, Arul, Chaminda, Dinesh, Suresh, Lahiru, Pradeep'),
    states: words('Southern Province, Northern Province, Uva Province'),
    towns: words('Kandewela, Point Marudha, Galagama, Vellankulam, Ambewatta'),
    streets: words('Temple Road, Station Road, Hill Street, Beach Road, Canal Road'),
  },
  {
    country: 'JO',
    dialling: '+962',
    family: words('Haddad, Al-Khatib, Mansour, Qasim, Odeh, Barakat, Nimri, Shaheen, Tawfiq, Zoubi, Rahhal'),
    female: words('Layla, Huda, Rania, Samar, Noor, Aisha, Mariam, Dina, Salma, Yasmin, Fatima, Hanan'),
    male: words('Omar, Khaled, Yousef, Tareq, Ahmad, Hassan, Sami, Nabil, Ibrahim, Faris, Bilal, Majid'),
    states: words('Irbid Governorate, Mafraq Governorate, Karak Governorate'),
    towns: words('Wadi Saroun, Tell Hamra, Ain Rahma, Qasr Nuwar, Bir Sabeel'),
    streets: words('Olive Street, Cedar Street, School Street, Citadel Road, Spring Street'),
  },
  {
    country: 'PE',
    dialling: '+51',
    family: words('Quispe, Mamani, Huamán, Rojas, Condori, Vargas, Chávez, Flores, Ticona, Ccopa, Paredes, Yupanqui'),
    female: words('Rosa, Juana, Milagros, Carmen, Elena, Yesenia, Luzmila, Nélida, Flor, Inés, Sonia, Gladys'),
    male: words('Luis, Jorge, Wilber, Óscar, Hugo, Raúl, César, Edwin, Víctor, Percy, Julio, Rubén'),
    states: words('Cusco, Puno, Ayacucho'),
    towns: words('Pampa Rumi, Santa Killa, Yanacocha Alta, Tambo Seco, Quebrada Verde'),
    streets: words('Jirón Sol, Calle Real, Avenida Los Andes, Pasaje Nogal, Calle del Molino'),
  },
];
