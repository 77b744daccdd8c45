package search

import "strings"

// synonymSets are names of the same thing in mediation, per line; a comma stands between
// them. Only what is the same to mediators everywhere is here: a wrong one hides what was
// asked for among what was not.
const synonymSets = `
adr, alternative dispute resolution, appropriate dispute resolution
odr, online dispute resolution
caucus, private session, separate meeting, private meeting, separate session
settlement, agreement
settlement agreement, mediated agreement
mou, memorandum of understanding
batna, best alternative to a negotiated agreement
watna, worst alternative to a negotiated agreement
zopa, zone of possible agreement
co mediation, comediation, joint mediation
co mediator, comediator
nvc, nonviolent communication, non violent communication
cpd, continuing professional development
gdpr, general data protection regulation
divorce, marriage dissolution
med arb, mediation arbitration
confidentiality, secrecy
mediee, mediand
marc, mode alternatif de reglement des conflits, modes alternatifs de reglement des conflits
mard, mode alternatif de reglement des differends, modes alternatifs de reglement des differends
aparte, entretien individuel, entretien separe
accord, protocole d accord
rgpd, reglement general sur la protection des donnees, reglamento general de proteccion de datos
cnv, communication non violente, comunicacion no violenta, comunicazione non violenta
comediation, co mediation
konfliktbeilegung, streitbeilegung, konfliktlosung
einzelgesprach, einzelgesprache, caucus
abschlussvereinbarung, mediationsvereinbarung, einigung
verschwiegenheit, vertraulichkeit
dsgvo, datenschutz grundverordnung, datenschutzgrundverordnung
gfk, gewaltfreie kommunikation
scheidung, ehescheidung
masc, medios adecuados de solucion de controversias
marc, metodos alternativos de resolucion de conflictos
reunion individual, reunion privada, sesion privada, caucus
acuerdo, convenio
geweldloze communicatie, verbindende communicatie
vaststellingsovereenkomst, vso
afzonderlijk gesprek, caucus
avg, algemene verordening gegevensbescherming
echtscheiding, scheiding
risoluzione alternativa delle controversie, adr
incontro separato, sessione separata, incontro privato, caucus
accordo, intesa
sessao privada, sessao individual, reuniao privada, caucus
ral, resolucao alternativa de litigios
acordo, transacao
lgpd, lei geral de protecao de dados
`

// synonymTable leads from each name to the others of its set.
type synonymTable map[string][]string

func buildSynonyms() synonymTable {
	t := synonymTable{}
	for line := range strings.Lines(synonymSets) {
		var names []string
		for _, n := range strings.Split(line, ",") {
			if n = strings.TrimSpace(n); n != "" {
				names = append(names, n)
			}
		}
		for _, n := range names {
			for _, o := range names {
				if o != n && !contains(t[n], o) {
					t[n] = append(t[n], o)
				}
			}
		}
	}
	return t
}

var synonyms = buildSynonyms()

const maxNameWords = 6 // of the longest name
