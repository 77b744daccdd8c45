package search

// Words that hold sentences together, folded. A query's are optional unless it has nothing
// else. Left out are those that say something in another of the languages or in mediation
// (war, man, son, plan, will, fin).
const (
	stopsEnglish = `a about all also an and any are as at be because been but by can could did do does for from had has have he her here
		him his how i if in into is it its just like me more most my no not of on only or other our out over she should so some
		such than that the their them then there these they this those to too up us very was we were what when where which who
		why with would you your am being both each few further having itself own same through under until while`
	stopsFrench = `a ai ait alors au aux avec avez avoir avons c ce ceci cela celle ces cet cette ceux chez ci comme d dans de des du elle
		elles en est et etre eu fait il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on ont
		ou par pas plus pour qu que quel quelle qui quoi s sa sans se ses si sont sous suis sur t ta te tes toi ton tous tout toute
		tres tu un une vos votre vous y etait sera aussi donc entre`
	stopsGerman = `aber als am an auch auf aus bei beim bin bis da damit das dass dein dem den denn der des dich die dies diese diesem diesen
		dieser dieses doch du durch ein eine einem einen einer eines er es euch fur gegen hab habe haben hat hatte hier ich ihm
		ihn ihr ihre ihrem ihren ihrer im in ist ja jede jeder kann kein keine man mein mich mir mit nach nicht noch nun nur ob oder
		ohne sehr sein seine sich sie sind so soll uber um und uns unser unter viel vom von vor wann was weil wenn wer werden wie
		wieder wir wird wo wurde wurden zu zum zur zwischen`
	stopsSpanish = `a al algo como con cual cuando de del desde donde e el ella ellas ellos en entre era es esa ese eso esta estaba
		estan estas este esto estos fue ha hay la las le les lo los mas me mi mis muy ni no nos nosotros o os para pero
		por porque que quien se ser si sin sobre su sus tambien te tiene todo todos tu un una uno unos y ya yo han hasta son`
	stopsDutch = `aan al als bij daar dan dat de der deze die dit door een en er geen haar had heb hebben heeft hem het hier hij hoe hun
		ik in is je kan maar me meer men met mij mijn naar niet nog nu of om onder ons ook op over te tegen toch tot u uit uw
		van veel voor want waren was wat we wel werd wie wij worden wordt zal ze zelf zich zij zijn zo zonder zou`
	stopsItalian = `a ad ai al alla alle allo anche c che chi ci come con cosa da dai dal dalla degli dei del dell della delle dello di
		dove e ed era essere fra gli ha hai hanno ho i il in io l la le lei li lo loro lui ma mi mia mio ne negli nei nel nell nella
		nelle noi non nostro o per perche piu quale quando quello questa queste questi questo se sei si sia siamo sono su sua sue sul
		sulla suo suoi tra tu tutti un una uno vi voi gia`
	stopsPortuguese = `a ao aos as ate com como da das de dela dele do dos e ela elas ele eles em entre era essa esse esta este eu foi ha isso isto
		ja lhe mais mas me meu minha muito na nao nas nem no nos nossa nosso num numa o os ou para pela pelas pelo pelos por qual
		quando que quem se sem ser seu seus so sobre sua suas tambem te tem ter um uma voce voces vos estao sao`
)
